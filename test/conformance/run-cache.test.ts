import assert from "node:assert/strict";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { withWorkspace } from "../../src/app/workspace.ts";
import { storeBase, unlessBase, writeBase } from "../support/busybox-base.ts";
import { distill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { type BuildWishes, buildOwn, EXECUTOR, layerLines, writeOwnContext } from "../support/own-builds.ts";
import type { OwnBuild } from "./own-builds/own-build.ts";

/** A RUN that leaves something else each time that it runs. */
const once = (name: string, flags = "", before = ":"): string =>
  `RUN ${flags} ${before}; cat /proc/sys/kernel/random/uuid > /${name}`;

interface Repeated {
  readonly name: string;
  readonly first: Partial<OwnBuild> & { readonly lines: readonly string[] };
  /** What is not as the first time. */
  readonly second: Partial<OwnBuild> & { readonly lines?: readonly string[]; readonly wishes?: BuildWishes };
  /** Which of the files named r1, r2, ... are other ones after the second time. */
  readonly again: readonly string[];
}

const R = ["FROM busybox", once("r1"), once("r2")];

const REPEATED: readonly Repeated[] = [
  { name: "nothing changed", first: { lines: R }, second: {}, again: [] },
  {
    name: "a changed command",
    first: { lines: [...R, "#1"] },
    second: { lines: ["FROM busybox", once("r1"), once("r2", "", "true")] },
    again: ["r2"],
  },
  {
    name: "a changed command before",
    first: { lines: ["FROM busybox", once("r1", "", "echo 1"), once("r2")] },
    second: { lines: ["FROM busybox", once("r1", "", "echo 2"), once("r2")] },
    again: ["r1", "r2"],
  },
  {
    name: "blanks of a command",
    first: { lines: ["FROM busybox", once("r1", "", "echo  two")] },
    second: { lines: ["FROM busybox", once("r1", "", "echo two")] },
    again: ["r1"],
  },
  {
    name: "an argument that the stage declares",
    first: { lines: ["FROM busybox", "ARG A1", once("r1")], buildArgs: ["A1=1"] },
    second: { buildArgs: ["A1=2"] },
    again: ["r1"],
  },
  {
    name: "an argument that is declared behind it",
    first: { lines: ["FROM busybox", once("r1", "", "echo 3"), "ARG A2", once("r2")], buildArgs: ["A2=1"] },
    second: { buildArgs: ["A2=2"] },
    again: ["r2"],
  },
  {
    name: "an argument of a proxy",
    first: { lines: ["FROM busybox", once("r1", "", "echo 4")], buildArgs: ["http_proxy=1"] },
    second: { buildArgs: ["http_proxy=2"] },
    again: [],
  },
  {
    name: "a variable",
    first: { lines: ["FROM busybox", "ENV A=1", once("r1")] },
    second: { lines: ["FROM busybox", "ENV A=2", once("r1")] },
    again: ["r1"],
  },
  {
    name: "a label",
    first: { lines: ["FROM busybox", "LABEL a=1", once("r1", "", "echo 5")] },
    second: { lines: ["FROM busybox", "LABEL a=2", once("r1", "", "echo 5")] },
    again: [],
  },
  {
    name: "the user",
    first: { lines: ["FROM busybox", "USER app", once("tmp/r1")] },
    second: { lines: ["FROM busybox", "USER 1", once("tmp/r1")] },
    again: ["r1"],
  },
  {
    name: "the directory",
    first: { lines: ["FROM busybox", "WORKDIR /l", once("r1")] },
    second: { lines: ["FROM busybox", "WORKDIR /l/d", once("r1")] },
    again: ["r1"],
  },
  {
    name: "the shell",
    first: { lines: ["FROM busybox", 'SHELL ["/bin/sh", "-ec"]', once("r1")] },
    second: { lines: ["FROM busybox", 'SHELL ["/bin/sh", "-uc"]', once("r1")] },
    again: ["r1"],
  },
  {
    name: "a file that is mounted",
    first: { lines: ["FROM busybox", once("r1", "--mount=source=one,target=/l/a")], files: { one: "1" } },
    second: { files: { one: "2" } },
    again: ["r1"],
  },
  {
    name: "a file beside the one that is mounted",
    first: { lines: ["FROM busybox", once("r1", "--mount=source=two,target=/l/a")], files: { two: "1", three: "1" } },
    second: { files: { two: "1", three: "2" } },
    again: [],
  },
  {
    name: "what a cache mount begins with",
    first: { lines: ["FROM busybox", once("r1", "--mount=type=cache,target=/l/d,uid=1")] },
    second: { lines: ["FROM busybox", once("r1", "--mount=type=cache,target=/l/d,uid=2")] },
    again: ["r1"],
  },
  {
    name: "the name of a cache mount",
    first: { lines: ["FROM busybox", once("r1", "--mount=type=cache,target=/l/e,id=a")] },
    second: { lines: ["FROM busybox", once("r1", "--mount=type=cache,target=/l/e,id=b")] },
    again: [],
  },
  {
    name: "the value of a secret",
    first: { lines: ["FROM busybox", once("r1", "--mount=type=secret,id=s")], secrets: { s: "1" } },
    second: { secrets: { s: "2" } },
    again: [],
  },
  {
    name: "a file of the context that nothing uses",
    first: { lines: ["FROM busybox", "COPY four /four", once("r1")], files: { four: "4", five: "5" } },
    second: { files: { four: "4", five: "6" } },
    again: [],
  },
  {
    name: "a file that was copied",
    first: { lines: ["FROM busybox", once("r1", "", "echo 6"), "COPY six /six", once("r2")], files: { six: "6" } },
    second: { files: { six: "7" } },
    again: ["r2"],
  },
  {
    name: "the network",
    first: { lines: ["FROM busybox", once("r1", "--network=none", "echo 7")] },
    second: { lines: ["FROM busybox", once("r1", "--network=host", "echo 7")] },
    again: ["r1"],
  },
  {
    name: "a stage without cache",
    first: {
      lines: [
        "FROM busybox AS one",
        once("r1", "", "echo 8"),
        "FROM busybox",
        "COPY --from=one /r1 /r1",
        once("r2", "", "echo 8"),
      ],
    },
    second: { wishes: { noCache: ["one"] } },
    again: ["r1", "r2"],
  },
  {
    name: "no cache at all",
    first: { lines: ["FROM busybox", once("r1", "", "echo 9")] },
    second: { wishes: { noCache: true } },
    again: ["r1"],
  },
  {
    name: "another command that leaves the same leads to the same copy",
    first: {
      lines: [
        "FROM busybox AS one",
        "RUN echo same > /s",
        "FROM busybox",
        "COPY --from=one /s /s",
        once("r1", "", "echo 10"),
      ],
    },
    second: {
      lines: [
        "FROM busybox AS one",
        "RUN printf 'same\\n' > /s",
        "FROM busybox",
        "COPY --from=one /s /s",
        once("r1", "", "echo 10"),
      ],
    },
    again: [],
  },
  {
    name: "a time that a program chose",
    first: { lines: ["FROM busybox", "RUN touch -d @1400000000 /l/a", once("r1")] },
    second: { lines: ["FROM busybox", "RUN touch -d @1400000001 /l/a", once("r1")] },
    again: ["r1"],
  },
];

describe("RUN and what was done before", { skip: unlessBase() }, () => {
  const directory = makeTemporaryDirectory();
  const home = process.env.DISTILL_HOME;
  const own = join(directory.path, "home");
  let count = 0;

  before(async () => {
    process.env.DISTILL_HOME = own;
    const base = join(directory.path, "base");
    mkdirSync(base);
    await storeBase(await writeBase(base), "busybox", own);
  });
  after(() => {
    process.env.DISTILL_HOME = home;
    if (home === undefined) delete process.env.DISTILL_HOME;
    directory.remove();
  });

  const fresh = (): string => {
    const at = join(directory.path, `case-${++count}`);
    mkdirSync(at);
    return at;
  };
  const made = async (at: string, build: OwnBuild, wishes: BuildWishes = {}): Promise<ReadonlyMap<string, string>> => {
    writeOwnContext(at, build);
    const digest = await buildOwn(at, build, wishes);
    return withWorkspace(async ({ store }) => {
      const layers = await Promise.all((store.image(digest)?.layers ?? []).slice(1).map(layerLines));
      return new Map(layers.flat().map((line) => [/[ /](r\d) = /.exec(line)?.[1] ?? "", line]));
    });
  };
  const cli = (at: string, ...more: readonly string[]) =>
    distill(["build", "--network", "none", "--executor", EXECUTOR, ...more, join(at, "context")], {
      env: { DISTILL_HOME: own },
    });
  const write = (...lines: readonly string[]): string => {
    const at = fresh();
    writeOwnContext(at, { name: "", dockerfile: `${["FROM busybox", ...lines].join("\n")}\n` });
    return at;
  };

  for (const { name, first, second, again } of REPEATED) {
    test(`again: ${name}`, async () => {
      const at = fresh();
      const begin: OwnBuild = { name, ...first, dockerfile: `${first.lines.join("\n")}\n` };
      const before = await made(at, begin);
      const lines = second.lines ?? first.lines;
      const now = await made(at, { ...begin, ...second, dockerfile: `${lines.join("\n")}\n` }, second.wishes);
      const names = [...before.keys()].filter((each) => each !== "");
      assert.ok(names.length > 0);
      assert.deepEqual(
        names.filter((each) => before.get(each) !== now.get(each)),
        again,
      );
    });
  }

  test("a file of the context that was touched changes nothing", async () => {
    const at = fresh();
    const build = { name: "", dockerfile: `FROM busybox\nCOPY one /t\n${once("r1")}\n`, files: { one: "touched" } };
    const before = await made(at, build);
    utimesSync(join(at, "context/one"), 1_600_000_000, 1_600_000_000);
    const digest = await buildOwn(at, build);
    await withWorkspace(async ({ store }) => {
      const layers = await Promise.all((store.image(digest)?.layers ?? []).slice(1).map(layerLines));
      assert.ok(layers.flat().includes(before.get("r1") ?? ""));
    });
  });

  test("stages run side by side", async () => {
    const meet = (mine: string, other: string): string =>
      `RUN --mount=type=cache,id=meeting,target=/l/d touch /l/d/${mine}; for n in $(seq 600); do [ -e /l/d/${other} ] && exit 0; sleep 0.1; done; exit 1`;
    const dockerfile = `FROM busybox AS one\n${meet("one", "two")}\nFROM busybox AS two\n${meet("two", "one")}\nFROM busybox\nCOPY --from=one /l/a /1\nCOPY --from=two /l/a /2\n`;
    const at = fresh();
    writeOwnContext(at, { name: "", dockerfile });
    await buildOwn(at, { name: "", dockerfile });
  });

  test("a locked cache has one program at a time, private ones are several", async () => {
    const locked = (n: number): string =>
      `FROM busybox AS s${n}\nRUN --mount=type=cache,id=lock,target=/l/d,sharing=locked mkdir /l/d/lock && sleep 0.5 && rmdir /l/d/lock && echo ${n}\n`;
    const own = (n: number): string =>
      `FROM busybox AS p${n}\nRUN --mount=type=cache,id=own,target=/l/d,sharing=private --mount=type=cache,id=seen,target=/l/e touch /l/e/${n} && mkdir /l/d/mine && for n in $(seq 600); do [ $(ls /l/e | wc -l) -ge 2 ] && break; sleep 0.1; done; rmdir /l/d/mine && [ $(ls /l/e | wc -l) = 2 ]\n`;
    const stages = `${locked(1)}${locked(2)}${locked(3)}${own(1)}${own(2)}`;
    const copies = ["s1", "s2", "s3", "p1", "p2"].map((each) => `COPY --from=${each} /l/a /${each}\n`).join("");
    const at = fresh();
    const build = { name: "", dockerfile: `${stages}FROM busybox\n${copies}` };
    writeOwnContext(at, build);
    await buildOwn(at, build);
  });

  test("a failure shows the line, the status and the whole log, and no secret", async () => {
    const at = write(
      "RUN --mount=type=secret,id=s,env=S for n in $(seq 300); do echo line $n; done; echo it is $S; echo wrong >&2; exit 42",
    );
    writeFileSync(join(at, "secret"), "very-secret-value");
    const { status, stderr, stdout } = await cli(
      at,
      "--progress",
      "plain",
      "--secret",
      `id=s,src=${join(at, "secret")}`,
    );
    assert.equal(status, 1);
    assert.match(stderr, /Dockerfile:2/);
    assert.match(stderr, /status 42/);
    assert.match(stderr, /line 1\n/);
    assert.match(stderr, /line 300\n/);
    assert.match(stderr, /it is \*\*\*/);
    assert.match(stderr, /wrong/);
    assert.doesNotMatch(stderr + stdout, /very-secret/);
  });

  test("lines are shown while a program runs", async () => {
    const at = write("RUN echo begun; sleep 3; echo ended");
    let [begun, ended] = [0, 0];
    let text = "";
    const { status } = await distill(["build", "--progress", "plain", "--executor", EXECUTOR, join(at, "context")], {
      env: { DISTILL_HOME: own },
      onStart: (child) =>
        child.stderr?.on("data", (chunk: string) => {
          text += chunk;
          if (begun === 0 && /^#\d+ [\d.]* ?begun$/m.test(text)) begun = performance.now();
          if (ended === 0 && /^#\d+ [\d.]* ?ended$/m.test(text)) ended = performance.now();
        }),
    });
    assert.equal(status, 0, text);
    assert.ok(begun > 0 && ended - begun > 1500, text);
  });

  test("events in JSON have the lines of a program with its step", async () => {
    const at = write("RUN echo said; echo wrong >&2");
    const { status, stderr } = await cli(at, "--progress", "json");
    assert.equal(status, 0, stderr);
    const events = stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
    const start = events.find(({ kind, title }) => kind === "start" && /RUN echo said/.test(title));
    const lines = events.filter(({ kind, task }) => kind === "output" && task === start.task).map(({ line }) => line);
    assert.deepEqual(lines.toSorted(), ["said", "wrong"]);
    const again = await cli(at, "--progress", "json");
    assert.ok(again.stderr.includes('"outcome":"cached"'));
    assert.ok(!again.stderr.includes('"line":"said"'));
  });

  test("a second build of what failed tries again", async () => {
    const at = write("RUN test -e /l/missing");
    assert.equal((await cli(at)).status, 1);
    assert.equal((await cli(at)).status, 1);
    const text = readFileSync(join(at, "context/Dockerfile"), "utf8").replace("RUN", "RUN touch /l/missing\nRUN");
    writeFileSync(join(at, "context/Dockerfile"), text);
    assert.equal((await cli(at)).status, 0);
  });
});
