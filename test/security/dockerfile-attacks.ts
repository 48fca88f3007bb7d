import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Attack, BuildScene } from "./build-scene.ts";

const withFile = (scene: BuildScene): void => scene.write("f");

/** A stage that holds a file, and links that lead out of the image. */
function linked(rest: string): string {
  return `FROM scratch AS linked\nCOPY . /\nFROM linked\n${rest}`;
}

function withLinks(scene: BuildScene): void {
  scene.write("f");
  scene.link("out", scene.witness);
  scene.link("up", "../../../../../../../..");
  scene.link("passwd", "/etc/passwd");
  scene.link("loop", "loop");
}

/** Stages of which each holds the one before twice. */
function doubling(times: number): string {
  const stages = Array.from(
    { length: times },
    (_, index) => `FROM scratch AS s${index + 1}\nCOPY --from=s${index} / /a/\nCOPY --from=s${index} / /b/`,
  );
  return ["FROM scratch AS s0", "COPY f /", ...stages, ""].join("\n");
}

const STARS = `${"*a".repeat(60)}*b`;

/** What a Dockerfile and .dockerignore say. */
export const DOCKERFILE_ATTACKS: readonly Attack[] = [
  {
    name: "takes a source with ..",
    dockerfile: "FROM scratch\nCOPY ../witness/secret /\n",
    ends: ["NO_SUCH_PATH", "FORMAT_INVALID"],
  },
  {
    name: "takes a source with .. behind a directory",
    dockerfile: "FROM scratch\nCOPY a/../../witness/secret /\n",
    prepare: (scene) => void mkdirSync(join(scene.context, "a")),
    ends: ["NO_SUCH_PATH", "FORMAT_INVALID"],
  },
  {
    name: "takes a pattern with ..",
    dockerfile: "FROM scratch\nCOPY ../*/secret /\n",
    ends: "contained",
    holds: (entries) => assert.deepEqual([...entries.keys()], []),
  },
  {
    name: "takes parents of a source with ..",
    dockerfile: "FROM scratch\nCOPY --parents a/./../../witness/secret /\n",
    prepare: (scene) => void mkdirSync(join(scene.context, "a")),
    ends: ["NO_SUCH_PATH", "FORMAT_INVALID"],
  },
  {
    name: "excludes what lies above",
    dockerfile: "FROM scratch\nCOPY --exclude=../../** --exclude=/../f . /\n",
    prepare: withFile,
    ends: "contained",
  },
  {
    name: "has a destination with ..",
    dockerfile: "FROM scratch\nCOPY f /../../../../x/../../y/\n",
    prepare: withFile,
    ends: "contained",
    holds: (entries) => assert.deepEqual([...entries.keys()], ["y", "y/f"]),
  },
  {
    name: "has a destination through a link that leads out",
    dockerfile: linked("COPY f /out/new\n"),
    prepare: withLinks,
    ends: "contained",
    holds: (entries, { witness }) => assert.ok(entries.has(`${witness.slice(1)}/new`)),
  },
  {
    name: "has a destination that is a link out",
    dockerfile: linked("COPY f /passwd\n"),
    prepare: withLinks,
    ends: ["FILE_CONFLICT"],
    says: /etc does not exist/,
  },
  {
    name: "has a destination through a link with ..",
    dockerfile: linked("COPY f /up/up/new\n"),
    prepare: withLinks,
    ends: "contained",
    holds: (entries) => assert.ok(entries.has("new")),
  },
  {
    name: "has a destination through a link to itself",
    dockerfile: linked("COPY f /loop/new\n"),
    prepare: withLinks,
    ends: ["FORMAT_INVALID"],
    says: /symbolic links/,
  },
  {
    name: "works in a directory through a link that leads out",
    dockerfile: linked("WORKDIR /out/made\nWORKDIR ../../../../..\nWORKDIR back\n"),
    prepare: withLinks,
    ends: "contained",
    holds: (entries, { witness }) => assert.ok(entries.has(`${witness.slice(1)}/made`) && entries.has("back")),
  },
  {
    name: "takes through a link of a stage that leads out",
    dockerfile: linked("COPY --from=linked out/secret /\n"),
    prepare: withLinks,
    ends: ["NO_SUCH_PATH"],
  },
  {
    name: "takes a link of a stage that leads out",
    dockerfile: linked("COPY --from=linked /passwd /p\n"),
    prepare: withLinks,
    ends: ["NO_SUCH_PATH"],
  },
  {
    name: "asks for the name of a user in a file that is a link out",
    dockerfile: "FROM scratch AS a\nCOPY . /\nFROM a\nCOPY --chown=root f /new\n",
    prepare: (scene) => {
      withFile(scene);
      scene.link("etc/passwd", "/proc/self/root/etc/passwd");
    },
    ends: ["CONFIG_INVALID", "FORMAT_INVALID"],
  },
  {
    name: "asks for the name of a user in a file of 64 MiB",
    dockerfile: "FROM scratch AS a\nCOPY . /\nFROM a\nCOPY --chown=nobody f /new\n",
    prepare: (scene) => {
      withFile(scene);
      scene.write("etc/passwd", Buffer.alloc(64 << 20, "a:x:1:1::/:/\n"));
    },
    ends: ["LIMIT_EXCEEDED", "CONFIG_INVALID"],
  },
  {
    name: "asks for the name of a user in what is a directory",
    dockerfile: "FROM scratch AS a\nCOPY . /\nFROM a\nCOPY --chown=nobody f /new\n",
    prepare: (scene) => {
      withFile(scene);
      mkdirSync(join(scene.context, "etc/passwd"), { recursive: true });
    },
    ends: ["CONFIG_INVALID"],
  },
  {
    name: "gives files to a user whose number is too large",
    dockerfile: "FROM scratch\nCOPY --chown=99999999999999:1 f /\n",
    prepare: withFile,
    ends: ["CONFIG_INVALID"],
  },
  {
    name: "has a destination of 5,000 bytes",
    dockerfile: `FROM scratch\nCOPY f ${"/abcdefg".repeat(625)}/\n`,
    prepare: withFile,
    ends: ["FORMAT_INVALID"],
  },
  {
    name: "has a destination with a name of 300 bytes",
    dockerfile: `FROM scratch\nCOPY f /${"n".repeat(300)}\n`,
    prepare: withFile,
    ends: ["FORMAT_INVALID"],
  },
  {
    name: "works in a directory whose name is 5,000 bytes long",
    dockerfile: `FROM scratch\nWORKDIR ${"/abcdefg".repeat(625)}\n`,
    ends: ["FORMAT_INVALID"],
  },
  {
    name: "has a destination that removes something in a layer",
    dockerfile: "FROM scratch\nCOPY f /.wh.f\n",
    prepare: withFile,
    ends: ["UNSUPPORTED"],
  },
  {
    name: "works in a directory that removes something in a layer",
    dockerfile: "FROM scratch\nWORKDIR /a/.wh..wh..opq\n",
    ends: ["UNSUPPORTED"],
  },
  {
    name: "has a here-document whose name leads up",
    dockerfile: "FROM scratch\nCOPY <<../../x /dir/\ntext\n../../x\n",
    ends: ["FORMAT_INVALID", "CONFIG_INVALID"],
  },
  {
    name: "has a here-document of 20 MiB",
    dockerfile: `FROM scratch\nCOPY <<E /text\n${"x".repeat(1023)}\n`.concat(
      `${"x".repeat(1023)}\n`.repeat(20_479),
      "E\n",
    ),
    ends: ["LIMIT_EXCEEDED", "CONFIG_INVALID"],
    unplaced: true,
  },
  {
    name: "is larger than any Dockerfile",
    dockerfile: "#".repeat((64 << 20) + 1),
    ends: ["LIMIT_EXCEEDED"],
    unplaced: true,
  },
  {
    name: "holds itself 40 times over, twice each time",
    dockerfile: doubling(40),
    prepare: withFile,
    ends: ["LIMIT_EXCEEDED"],
    says: /files and directories/,
    milliseconds: 20_000,
    megabytes: 1000,
  },
  {
    name: "doubles a variable 40 times",
    dockerfile: `FROM scratch\nENV A=0123456789\n${"ENV A=$A$A\n".repeat(40)}`,
    ends: ["LIMIT_EXCEEDED", "CONFIG_INVALID"],
  },
  {
    name: "takes a pattern with many stars of names with many letters",
    dockerfile: `FROM scratch\nCOPY ${STARS} /\n`,
    prepare: (scene) => {
      for (let index = 0; index < 200; index++) scene.write(`${"a".repeat(240)}${index}`);
    },
    ends: "contained",
  },
  {
    name: "excludes patterns with many stars",
    dockerfile: `FROM scratch\nCOPY ${`--exclude=${"**/*a".repeat(40)}b `.repeat(20)} . /\n`,
    prepare: (scene) => scene.write(`${"a".repeat(200)}/${"a".repeat(200)}/${"a".repeat(200)}`),
    ends: "contained",
    milliseconds: 10_000,
  },
  {
    name: "takes what is no pattern",
    dockerfile: "FROM scratch\nCOPY [a-\\ /\n",
    ends: ["CONFIG_INVALID", "NO_SUCH_PATH"],
  },
  {
    name: "leaves out 2,000 patterns of stars",
    dockerfile: "FROM scratch\nCOPY . /\n",
    prepare: (scene) => {
      for (let index = 0; index < 50; index++) scene.write(`${"a".repeat(100)}/${"a".repeat(200)}${index}`);
      scene.write(".dockerignore", Array.from({ length: 2000 }, (_, index) => `**/*a*a*a*${index}b\n`).join(""));
    },
    ends: "contained",
    milliseconds: 15_000,
    megabytes: 600,
  },
  {
    name: "leaves out and takes in again 20,000 times",
    dockerfile: "FROM scratch\nCOPY . /\n",
    prepare: (scene) => {
      for (let index = 0; index < 50; index++) scene.write(`d/${index}`);
      scene.write(".dockerignore", "**/*\n!d/**\n".repeat(10_000));
    },
    ends: "contained",
    milliseconds: 15_000,
    megabytes: 600,
    holds: (entries) => assert.ok(entries.has("d/49")),
  },
  {
    name: "has rules of more than a megabyte",
    dockerfile: "FROM scratch\nCOPY . /\n",
    prepare: (scene) => scene.write(".dockerignore", "a\n".repeat(600_000)),
    ends: ["LIMIT_EXCEEDED"],
    unplaced: true,
  },
  {
    name: "has rules that never end",
    dockerfile: "FROM scratch\nCOPY . /\n",
    prepare: (scene) => scene.link(".dockerignore", "/dev/zero"),
    ends: ["CONFIG_INVALID"],
    unplaced: true,
    says: /\.dockerignore is not a plain file/,
  },
  {
    name: "has rules that nobody writes",
    dockerfile: "FROM scratch\nCOPY . /\n",
    prepare: (scene) => void execFileSync("mkfifo", [join(scene.context, ".dockerignore")]),
    ends: ["CONFIG_INVALID"],
    unplaced: true,
  },
  {
    name: "never ends itself",
    dockerfile: "",
    prepare: (scene) => symlinkSync("/dev/zero", join(scene.context, "Endless")),
    file: (scene) => join(scene.context, "Endless"),
    ends: ["CONFIG_INVALID"],
    unplaced: true,
  },
  {
    name: "is a directory",
    dockerfile: "",
    prepare: (scene) => void mkdirSync(join(scene.context, "Folder")),
    file: (scene) => join(scene.context, "Folder"),
    ends: ["CONFIG_INVALID", "IO"],
    unplaced: true,
  },
  {
    name: "takes files of contexts that stand for each other",
    dockerfile: "FROM one AS a\nFROM two\nCOPY --from=one / /\n",
    contexts: () => ["one=docker://two", "two=docker://one"],
    ends: ["NO_SUCH_IMAGE", "OFFLINE"],
    unplaced: true,
  },
];
