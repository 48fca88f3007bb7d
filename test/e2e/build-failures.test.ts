import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { distill } from "../support/cli.ts";
import { makeTemporaryDirectory, temporaryDirectory } from "../support/directories.ts";
import { ORDINARY, USER, unlessOrdinaryUser } from "../support/ordinary-user.ts";
import { leftoversIn, namesIn } from "../support/scene.ts";

/** A build that cannot be done, and what is said of it. */
interface Failure {
  readonly what: string;
  readonly dockerfile: string;
  readonly flags?: (directory: string) => readonly string[];
  readonly status: number;
  readonly code: string;
  /** The line of the Dockerfile that is shown; undefined where nothing in it is wrong. */
  readonly line: number | undefined;
  readonly says: RegExp;
  readonly hint: RegExp;
}

const FAILURES: readonly Failure[] = [
  {
    what: "a source that is not there",
    dockerfile: "FROM scratch\nCOPY f missing /x/\n",
    ...{ status: 2, code: "NO_SUCH_PATH", line: 2 },
    says: /\/missing is not in the build context/,
    hint: /name a file that is there/,
  },
  {
    what: "a source that .dockerignore leaves out",
    dockerfile: "FROM scratch\n\n# a comment\nCOPY secret /\n",
    ...{ status: 2, code: "NO_SUCH_PATH", line: 4 },
    says: /\/secret is not in the build context/,
    hint: /it is there, and \S+\/\.dockerignore leaves it out/,
  },
  {
    what: "a source that is not in a stage",
    dockerfile: "FROM scratch AS one\nCOPY f /\nFROM scratch\nCOPY --from=one /g /\n",
    ...{ status: 2, code: "NO_SUCH_PATH", line: 4 },
    says: /\/g is not in stage one/,
    hint: /name a file that is there/,
  },
  {
    what: "a user that the image does not know",
    dockerfile: "FROM scratch\nCOPY passwd /etc/\nCOPY --chown=nobody f /\n",
    ...{ status: 2, code: "CONFIG_INVALID", line: 3 },
    says: /the image has no user called nobody/,
    hint: /\/etc\/passwd of the image knows root; a number needs no entry/,
  },
  {
    what: "a directory over a file",
    dockerfile: "FROM scratch\nCOPY f /d\nCOPY d /d\n",
    ...{ status: 2, code: "FILE_CONFLICT", line: 3 },
    says: /\/d is no directory, and a directory would be copied there/,
    hint: /copy it somewhere else/,
  },
  {
    what: "a file over a directory",
    dockerfile: "FROM scratch\nCOPY d /a/f\nCOPY f /a/\n",
    ...{ status: 2, code: "FILE_CONFLICT", line: 3 },
    says: /\/a\/f is a directory, and a file would take its place/,
    hint: /another name/,
  },
  {
    what: "a stage that is not there",
    dockerfile: "FROM scratch AS build\nCOPY f /\nFROM scratch\nCOPY --from=biuld / /\n",
    flags: () => ["--target", "biuld"],
    ...{ status: 2, code: "USAGE", line: undefined },
    says: /has no stage "biuld"/,
    hint: /did you mean build\?/,
  },
  {
    what: "a base that is not in the store, offline",
    dockerfile: "FROM nginx:1\nCOPY f /\n",
    ...{ status: 4, code: "OFFLINE", line: 1 },
    says: /nginx:1 is not in the store/,
    hint: /distill pull nginx:1/,
  },
  {
    what: "an image that could be composed, offline",
    dockerfile: "FROM scratch\nCOPY --from=gcr.io/distroless/static-debian13 / /\n",
    ...{ status: 4, code: "OFFLINE", line: 2 },
    says: /static-debian13\S* is not in the store/,
    hint: /--compose=gcr\.io\/distroless\/static-debian13 makes it/,
  },
  {
    what: "what is to be composed and cannot be",
    dockerfile: "FROM nginx:1\nCOPY f /\n",
    flags: () => ["--compose=nginx"],
    ...{ status: 2, code: "CONFIG_INVALID", line: 1 },
    says: /there is no base called "nginx:1"/,
    hint: /the bases are: static, /,
  },
  {
    what: "a program without a shell",
    dockerfile: "FROM scratch\nCOPY f /\nRUN make all\n",
    ...{ status: 2, code: "NO_SUCH_PATH", line: 3 },
    says: /\/bin\/sh is not in the image, and RUN needs it/,
    hint: /COPY --from it/,
  },
  {
    what: "a named context without a place",
    dockerfile: "FROM scratch\nCOPY f /\n",
    flags: () => ["--build-context", "base"],
    ...{ status: 2, code: "USAGE", line: undefined },
    says: /--build-context is NAME=LOCATION, not "base"/,
    hint: /such as --build-context base=docker:/,
  },
  {
    what: "a named context that is no directory",
    dockerfile: "FROM base\nCOPY f /\n",
    flags: (directory) => ["--build-context", `base=${directory}/nowhere`],
    ...{ status: 2, code: "NO_SUCH_PATH", line: 1 },
    says: /nowhere is not a directory/,
    hint: /name a directory that is there/,
  },
  {
    what: "a layout that is not there",
    dockerfile: "FROM base\nCOPY f /\n",
    flags: (directory) => ["--build-context", `base=oci:${directory}/nowhere`],
    ...{ status: 2, code: "NO_SUCH_PATH", line: 1 },
    says: /nowhere does not exist/,
    hint: /check the path/,
  },
  {
    what: "a base in a broken archive",
    dockerfile: "FROM base\nCOPY f /\n",
    flags: (directory) => ["--build-context", `base=oci-archive:${directory}/context/junk.tar`],
    ...{ status: 2, code: "FORMAT_INVALID", line: 1 },
    says: /junk\.tar: ends at byte 5, inside a header/,
    hint: /the archive is incomplete/,
  },
  {
    what: "a file of an image in a broken archive",
    dockerfile: "FROM scratch\nCOPY --from=base /f /\n",
    flags: (directory) => ["--build-context", `base=docker-archive:${directory}/context/junk.tar`],
    ...{ status: 2, code: "FORMAT_INVALID", line: 2 },
    says: /junk\.tar: ends at byte 5, inside a header/,
    hint: /the archive is incomplete/,
  },
  {
    what: "a pattern that is none",
    dockerfile: "FROM scratch\nCOPY [a- /\n",
    ...{ status: 2, code: "CONFIG_INVALID", line: 2 },
    says: /\[a- is no pattern/,
    hint: /write \\\[ for a bracket/,
  },
  {
    what: "a stage without a cache that is none",
    dockerfile: "FROM scratch AS build\nCOPY f /\n",
    flags: () => ["--no-cache=biuld"],
    ...{ status: 2, code: "USAGE", line: undefined },
    says: /biuld/,
    hint: /build/,
  },
];

describe("a build of a Dockerfile that cannot be done tells where and what to do:", { concurrency: 2 }, () => {
  const shared = makeTemporaryDirectory();
  const context = join(shared.path, "context");
  mkdirSync(join(context, "d/f"), { recursive: true });
  for (const [name, text] of [
    ["f", "f"],
    ["secret", "s"],
    [".dockerignore", "secret\n"],
    ["passwd", "root:x:0:0::/:/bin/sh\n"],
    ["junk.tar", "junk\n"],
  ] as const) {
    writeFileSync(join(context, name), text);
  }
  after(() => shared.remove());

  for (const [index, { what, dockerfile, flags, status, code, line, says, hint }] of FAILURES.entries()) {
    it(what, async () => {
      const file = join(shared.path, `${index}.Dockerfile`);
      writeFileSync(file, dockerfile);
      const home = join(shared.path, `home-${index}`);
      const args = ["build", context, "-f", file, "-t", "x", "--offline", ...(flags?.(shared.path) ?? [])];
      const run = await distill(args, { env: { DISTILL_HOME: home } });
      const { stderr } = run;
      assert.equal(run.status, status, stderr);
      assert.equal(run.stdout, "");
      const told = stderr.slice(stderr.indexOf("distill: "));
      const [first = "", second = ""] = told.split("\n");
      if (line === undefined) assert.match(first, says);
      else {
        const place = first.slice("distill: ".length);
        assert.ok(place.startsWith(`${file}:${line}:`), first);
        assert.match(first, says);
        assert.equal(second, `  ${line} | ${dockerfile.split("\n")[line - 1]}`);
      }
      assert.match(told, new RegExp(`^ {2}hint: .*${hint.source}`, "m"));
      assert.match(told, new RegExp(`^ {2}code: ${code} `, "m"));
      assert.doesNotMatch(told, /^ +at |node:internal|undefined|\[object|is a bug/m);
      assert.deepEqual([...leftoversIn(home), ...namesIn(home)], []);
    });
  }

  it("a name that would give orders to the terminal", async (test) => {
    const directory = temporaryDirectory(test);
    execFileSync("mkfifo", [join(directory, "a\n\x1b]0;title\x07\x9bb")]);
    writeFileSync(join(directory, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    const env = { DISTILL_HOME: join(directory, "home") };
    const { status, stderr } = await distill(["build", directory], { env });
    assert.equal(status, 2);
    assert.match(stderr, /\\x1b\]0;title\\x07.* is a fifo/);
    assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it("a file that its user may not read", { skip: unlessOrdinaryUser() }, async (test) => {
    const directory = temporaryDirectory(test);
    const context = join(directory, "context");
    mkdirSync(context);
    writeFileSync(join(context, "mine"), "private");
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    chownSync(directory, USER, USER);
    chmodSync(join(context, "mine"), 0o600);
    const options = { env: { DISTILL_HOME: join(directory, "home") }, through: ORDINARY };
    const { status, stderr } = await distill(["build", context], options);
    assert.equal(status, 3, stderr);
    assert.match(stderr, /Dockerfile:2: reading \S+\/mine failed: permission denied \(EACCES\)\n {2}2 \| COPY \. \/\n/);
    assert.match(stderr, /^ {2}hint: check who may read and write there$/m);
  });
});
