import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, linkSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Attack, BuildScene } from "./build-scene.ts";

const ALL = "FROM scratch\nCOPY . /all/\n";

/** Names in a context as they are in the layer. */
function byName(scene: BuildScene, bytes: string): Buffer {
  return Buffer.concat([Buffer.from(`${scene.context}/`), Buffer.from(bytes, "latin1")]);
}

function special(scene: BuildScene, name: string, ...kind: readonly string[]): void {
  execFileSync("mknod", [join(scene.context, name), ...kind]);
}

/** A directory so deep, made from within as no path leads there. */
function deep(directory: string, depth: number, name: string): void {
  const script = `const [depth, name] = process.argv.slice(1);
    for (let n = Number(depth); n > 0; n--) { fs.mkdirSync(name); process.chdir(name); }
    fs.writeFileSync("f", "");`;
  execFileSync(process.execPath, ["--eval", script, String(depth), name], { cwd: directory });
}

/** Links, names and kinds of files in a context. */
export const CONTEXT_ATTACKS: readonly Attack[] = [
  {
    name: "has an absolute link to a file, which is named",
    dockerfile: "FROM scratch\nCOPY link /\n",
    prepare: (scene) => scene.link("link", join(scene.witness, "secret")),
    ends: ["NO_SUCH_PATH"],
  },
  {
    name: "has an absolute link to a directory, through which a file is named",
    dockerfile: "FROM scratch\nCOPY link/secret /\n",
    prepare: (scene) => scene.link("link", scene.witness),
    ends: ["NO_SUCH_PATH"],
  },
  {
    name: "has a link with .. to a directory, through which a pattern leads",
    dockerfile: "FROM scratch\nCOPY link/*/secret /\n",
    prepare: (scene) => scene.link("link", "../witness"),
    ends: "contained",
    holds: (entries) => assert.deepEqual([...entries.keys()], []),
  },
  {
    name: "has links that lead out in all directions, which are copied as links",
    dockerfile: ALL,
    prepare: (scene) => {
      scene.link("a", scene.witness);
      scene.link("b", "../witness/secret");
      scene.link("c/d", "../../../../../../etc/passwd");
      scene.link("e", "/proc/self/root");
    },
    ends: "contained",
    holds: (entries) => {
      for (const name of ["a", "b", "c/d", "e"]) assert.equal(entries.get(`all/${name}`)?.type, "symlink");
    },
  },
  {
    name: "has a link to /proc/self/root, through which a file is named",
    dockerfile: "FROM scratch\nCOPY root/etc/passwd /\n",
    prepare: (scene) => scene.link("root", "/proc/self/root"),
    ends: ["NO_SUCH_PATH"],
  },
  {
    name: "has links in a circle, which are named",
    dockerfile: "FROM scratch\nCOPY a/x /\n",
    prepare: (scene) => {
      scene.link("a", "b");
      scene.link("b", "a");
    },
    ends: ["FORMAT_INVALID", "NO_SUCH_PATH"],
  },
  {
    name: "has a hard link to a file outside, which belongs to it as to others",
    dockerfile: ALL,
    prepare: (scene) => linkSync(join(scene.witness, "secret"), join(scene.context, "hard")),
    ends: "contained",
    carriesSecret: true,
    holds: (entries) => assert.equal(entries.get("all/hard")?.type, "file"),
  },
  {
    name: "has a character device",
    dockerfile: ALL,
    prepare: (scene) => special(scene, "zero", "c", "1", "5"),
    ends: ["UNSUPPORTED"],
    says: /zero is a device/,
  },
  {
    name: "has a block device that is named",
    dockerfile: "FROM scratch\nCOPY disk /\n",
    prepare: (scene) => special(scene, "disk", "b", "254", "0"),
    ends: ["UNSUPPORTED"],
    says: /disk is a device/,
  },
  {
    name: "has a fifo that nobody writes to",
    dockerfile: ALL,
    prepare: (scene) => special(scene, "pipe", "p"),
    ends: ["UNSUPPORTED"],
    says: /pipe is a fifo/,
  },
  {
    name: "has a device that is left out",
    dockerfile: ALL,
    prepare: (scene) => {
      special(scene, "zero", "c", "1", "5");
      scene.write(".dockerignore", "zero\n");
    },
    ends: "contained",
    holds: (entries) => assert.ok(!entries.has("all/zero")),
  },
  {
    name: "has a socket, which no image can hold",
    dockerfile: ALL,
    prepare: async (scene) => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(join(scene.context, "socket"), done));
      server.unref();
    },
    ends: "contained",
    holds: (entries, scene) => {
      assert.ok(!entries.has("all/socket"));
      assert.ok(scene.notes.some((note) => /socket is a socket/.test(note)));
    },
  },
  {
    name: "is 4,000 directories deep, below what a path can name",
    dockerfile: ALL,
    prepare: (scene) => deep(scene.context, 4000, "a-name-of-20-letters"),
    ends: ["FORMAT_INVALID"],
    says: /longer than 4096 bytes/,
  },
  {
    name: "is 600 directories deep",
    dockerfile: ALL,
    prepare: (scene) => deep(scene.context, 600, "d"),
    ends: "contained",
    holds: (entries) => assert.ok(entries.size > 600),
  },
  {
    name: "is as deep as a path can be, and is copied one level deeper",
    dockerfile: "FROM scratch AS a\nCOPY . /\nFROM scratch\nCOPY --from=a / /one/much/lower/level/\n",
    prepare: (scene) => deep(scene.context, 20, "n".repeat(203)),
    ends: ["FORMAT_INVALID"],
    says: /longer than 4096 bytes/,
  },
  {
    name: "has names that are not UTF-8",
    dockerfile: ALL,
    prepare: (scene) => {
      for (const name of ["\xff", "\xc0\xaf", "\xed\xa0\x80", "a\x80b"]) writeFileSync(byName(scene, name), name);
    },
    ends: "contained",
    holds: (entries) => {
      for (const name of ["\xff", "\xc0\xaf", "\xed\xa0\x80", "a\x80b"]) assert.ok(entries.has(`all/${name}`), name);
    },
  },
  {
    name: "has a name with a line feed and an escape sequence, and cannot be copied",
    dockerfile: ALL,
    prepare: (scene) => special(scene, "a\n\x1b]0;title\x07b", "p"),
    ends: ["UNSUPPORTED"],
    says: /is a fifo/,
  },
  {
    name: "has a name that would remove another one in a layer",
    dockerfile: ALL,
    prepare: (scene) => scene.write("sub/.wh.other"),
    ends: ["UNSUPPORTED"],
    says: /\.wh\.other/,
  },
  {
    name: "has a name that would empty a directory in a layer",
    dockerfile: "FROM scratch\nCOPY .wh..wh..opq /\n",
    prepare: (scene) => scene.write(".wh..wh..opq"),
    ends: ["UNSUPPORTED"],
    says: /\.wh\.\.wh\.\.opq/,
  },
  {
    name: "has 20,000 entries in one directory",
    dockerfile: ALL,
    prepare: (scene) => {
      mkdirSync(join(scene.context, "many"));
      for (let index = 0; index < 20_000; index++) closeSync(openSync(join(scene.context, `many/${index}`), "w"));
    },
    ends: "contained",
    milliseconds: 10_000,
    holds: (entries) => assert.ok(entries.size > 20_000),
  },
  {
    name: "has 1,000 names for one file of a megabyte",
    dockerfile: ALL,
    prepare: (scene) => {
      scene.write("one", Buffer.alloc(1 << 20, 1));
      for (let index = 0; index < 1000; index++) linkSync(join(scene.context, "one"), join(scene.context, `n${index}`));
    },
    ends: "contained",
    holds: (entries) => assert.equal([...entries.values()].filter(({ type }) => type === "hardlink").length, 1000),
  },
  {
    name: "has a file with a hole of 64 MiB",
    dockerfile: ALL,
    prepare: (scene) => {
      const fd = openSync(join(scene.context, "hole"), "w");
      ftruncateSync(fd, 64 << 20);
      closeSync(fd);
    },
    ends: "contained",
    holds: (entries) => assert.equal(entries.get("all/hole")?.size, 64 << 20),
  },
  {
    name: "is a link to a directory whose links lead out",
    dockerfile: "FROM scratch\nCOPY --from=named . /n/\nCOPY --from=named link/secret /\n",
    prepare: (scene) => {
      scene.link("real/link", scene.witness);
      symlinkSync(join(scene.context, "real"), join(scene.root, "named"));
    },
    contexts: (scene) => [`named=${scene.root}/named`],
    ends: ["NO_SUCH_PATH"],
  },
  {
    name: "is /proc, of which a file of a process is wanted",
    dockerfile: "FROM scratch\nCOPY self/environ /\n",
    context: "/proc",
    file: (scene) => join(scene.root, "Dockerfile"),
    ends: ["NO_SUCH_PATH", "IO"],
  },
  {
    name: "is /proc, of which a file is wanted that says it is empty",
    dockerfile: "FROM scratch\nCOPY version /\n",
    context: "/proc",
    file: (scene) => join(scene.root, "Dockerfile"),
    ends: ["IO"],
  },
  {
    name: "is /sys, of which a file is wanted that says it is larger",
    dockerfile: "FROM scratch\nCOPY kernel/mm/hugepages /\n",
    context: "/sys",
    file: (scene) => join(scene.root, "Dockerfile"),
    ends: ["IO"],
  },
  {
    name: "is /dev, of which all is wanted",
    dockerfile: "FROM scratch\nCOPY . /\n",
    context: "/dev",
    file: (scene) => join(scene.root, "Dockerfile"),
    ends: ["UNSUPPORTED"],
  },
  {
    name: "is /, of which one file is wanted",
    dockerfile: "FROM scratch\nCOPY etc/passwd /\n",
    context: "/",
    file: (scene) => join(scene.root, "Dockerfile"),
    ends: "contained",
    milliseconds: 1500,
    holds: (entries) => assert.deepEqual([...entries.keys()], ["passwd"]),
  },
];
