import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { attributes, directoryNode, fileNode, symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { displayPath } from "./path.ts";
import { Tree } from "./tree.ts";
import { writeTree } from "./write-tree.ts";

const shared = {};
const TREE = treeOf({
  bin: directoryNode({ mode: 0o711, mtime: 20 }),
  "bin/a": fileNode("tool", { mode: 0o4755, uid: 7, gid: 8, mtime: 12.5 }, shared),
  "bin/b": fileNode("tool", { mode: 0o4755, uid: 7, gid: 8, mtime: 12.5 }, shared),
  "bin/soft": symlinkNode("/etc/a b", { mtime: 3 }),
  "etc/a b": "text",
  "etc/empty": "",
  "etc/old": fileNode("old", { mtime: -5 }),
  tmp: directoryNode({ mode: 0o1777, mtime: 30 }),
  locked: directoryNode({ mode: 0o500, mtime: 40 }),
  "locked/in": fileNode("in", { mode: 0o400 }),
  "na\xefve/\xff": "latin1",
  pipe: { type: "fifo", attributes: attributes() },
  dev: { type: "char", attributes: attributes(), major: 1, minor: 3 },
  able: fileNode("x", { xattrs: new Map([["security.capability", new Uint8Array(20)]]) }),
});

/** `work` with the umask of somebody careful. */
async function withUmask<T>(mask: number, work: () => Promise<T>): Promise<T> {
  const before = process.umask(mask);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

test("files, modes, times and links are those of the tree, whatever the umask", async (t) => {
  const out = join(temporaryDirectory(t), "new/out");
  const { special, withXattrs } = await withUmask(0o077, () => writeTree(TREE, out));
  assert.deepEqual(special.map(displayPath), ["/dev", "/pipe"]);
  assert.deepEqual(withXattrs.map(displayPath), ["/able"]);
  assert.equal(statSync(out).mode & 0o7777, 0o700);
  assert.deepEqual(readdirSync(out).sort(), ["able", "bin", "etc", "locked", "na\ufffdve", "tmp"]);
  const [a, b] = [lstatSync(join(out, "bin/a")), lstatSync(join(out, "bin/b"))];
  assert.deepEqual([a.ino, a.nlink, a.mode & 0o7777, a.mtimeMs], [b.ino, 2, 0o4755, 12_500]);
  assert.deepEqual([a.uid, a.gid], [process.getuid?.(), process.getgid?.()]);
  assert.equal(readlinkSync(join(out, "bin/soft")), "/etc/a b");
  assert.equal(lstatSync(join(out, "bin/soft")).mtimeMs, 3_000);
  assert.equal(readFileSync(join(out, "etc/a b"), "utf8"), "text");
  assert.equal(statSync(join(out, "etc/old")).mtimeMs, -5_000);
  for (const [path, mode, time] of [
    ["bin", 0o711, 20],
    ["tmp", 0o1777, 30],
    ["locked", 0o500, 40],
  ] as const) {
    const stats = statSync(join(out, path));
    assert.deepEqual([stats.mode & 0o7777, stats.mtimeMs], [mode, time * 1000], path);
  }
  const name = Buffer.concat([Buffer.from(`${out}/`), Buffer.from("na\xefve/\xff", "latin1")]);
  assert.equal(readFileSync(name, "utf8"), "latin1");
});

test("a second time gives the same, and other people's files stay", async (t) => {
  const out = temporaryDirectory(t);
  mkdirSync(join(out, "etc"));
  writeFileSync(join(out, "etc/mine"), "mine");
  writeFileSync(join(out, "etc/empty"), "is replaced");
  linkSync(join(out, "etc/empty"), join(out, "kept"));
  symlinkSync("bin", join(out, "tmp"));
  await writeTree(TREE, out);
  await writeTree(TREE, out);
  assert.deepEqual(readdirSync(join(out, "etc")).sort(), ["a b", "empty", "mine", "old"]);
  assert.equal(readFileSync(join(out, "etc/empty"), "utf8"), "");
  assert.equal(readFileSync(join(out, "kept"), "utf8"), "is replaced");
  assert.ok(lstatSync(join(out, "tmp")).isDirectory());
  assert.equal(lstatSync(join(out, "bin/a")).nlink, 2);
  const all = readdirSync(out, { recursive: true }) as string[];
  assert.deepEqual(
    all.filter((path) => path.includes(".distill-")),
    [],
  );
});

test("nothing is written through a link that lies there, or that the tree brings", async (t) => {
  const root = temporaryDirectory(t);
  const [out, victim] = [join(root, "out"), join(root, "victim")];
  mkdirSync(out);
  mkdirSync(victim);
  writeFileSync(join(victim, "file"), "untouched");
  const before = statSync(join(victim, "file")).mtimeMs;
  symlinkSync(victim, join(out, "directory"));
  symlinkSync(join(victim, "file"), join(out, "file"));
  symlinkSync("../victim/new", join(out, "new"));
  symlinkSync("../victim", join(out, "link"));
  linkSync(join(victim, "file"), join(out, "hard"));
  const node = {};
  await writeTree(
    treeOf({
      "directory/file": "through",
      file: fileNode("through", { mode: 0o777 }),
      new: "through",
      hard: fileNode("through", { mode: 0o777 }, node),
      "hard-again": fileNode("through", { mode: 0o777 }, node),
      link: symlinkNode("../victim/file"),
      absolute: symlinkNode(join(victim, "file")),
      up: symlinkNode("../../../../../../etc/passwd"),
    }),
    out,
  );
  assert.deepEqual(readdirSync(victim), ["file"]);
  const stats = statSync(join(victim, "file"));
  assert.deepEqual([readFileSync(join(victim, "file"), "utf8"), stats.mtimeMs], ["untouched", before]);
  assert.deepEqual([stats.mode & 0o777, stats.nlink], [0o644, 1]);
  assert.ok(lstatSync(join(out, "directory")).isDirectory());
  assert.ok(lstatSync(join(out, "file")).isFile());
  assert.equal(readlinkSync(join(out, "link")), "../victim/file");
});

test("a link that is put in place of a directory while it is written leads nowhere", async (t) => {
  const root = temporaryDirectory(t);
  const [out, victim] = [join(root, "out"), join(root, "victim")];
  mkdirSync(victim);
  const content = {
    size: 1,
    read: async () => {
      renameSync(join(out, "d"), join(root, "moved"));
      symlinkSync(victim, join(out, "d"));
      return Buffer.from("x");
    },
  };
  const file = fileNode("");
  assert.ok(file.type === "file");
  const tree = treeOf({ "d/a": { ...file, content }, "d/b": "b", "d/c/d": "d", e: "e" });
  await writeTree(tree, out);
  assert.equal(readlinkSync(join(out, "d")), victim);
  assert.deepEqual(readdirSync(victim), []);
});

test("a directory that its owner may not open is written into again", {
  skip: process.getuid?.() === 0 ? unlessTools("setpriv") : "needs root",
}, (t) => {
  const out = temporaryDirectory(t);
  chownSync(out, 4711, 4711);
  const script = `
    import { directoryNode, treeOf } from "./test/support/root-trees.ts";
    import { writeTree } from "./src/rootfs/write-tree.ts";
    const entries = { none: directoryNode({ mode: 0 }), search: directoryNode({ mode: 0o311 }), "search/a": "a" };
    for (let round = 0; round < 2; round++) await writeTree(treeOf(entries), ${JSON.stringify(join(out, "new"))});
  `;
  const command = [
    "--reuid=4711",
    "--regid=4711",
    "--clear-groups",
    process.execPath,
    "--input-type=module-typescript",
  ];
  execFileSync("setpriv", [...command, "-e", script], { cwd: join(import.meta.dirname, "../.."), stdio: "pipe" });
  assert.equal(statSync(join(out, "new/none")).mode & 0o7777, 0);
  assert.equal(statSync(join(out, "new/search")).mode & 0o7777, 0o311);
  assert.equal(readFileSync(join(out, "new/search/a"), "utf8"), "a");
});

test("an empty directory gives way to a file, and one that is not empty is FILE_CONFLICT", async (t) => {
  const out = temporaryDirectory(t);
  mkdirSync(join(out, "a"));
  mkdirSync(join(out, "b"));
  writeFileSync(join(out, "b/mine"), "");
  await writeTree(treeOf({ a: "now a file" }), out);
  assert.ok(statSync(join(out, "a")).isFile());
  await assert.rejects(writeTree(treeOf({ b: symlinkNode("a") }), out), { code: "FILE_CONFLICT", message: /\/b is/ });
  assert.ok(existsSync(join(out, "b/mine")));
});

test("interrupted in the middle of a file, nothing of that file is left, and what it was to replace stays", async (t) => {
  const out = temporaryDirectory(t);
  writeFileSync(join(out, "b"), "before");
  const interrupt = new AbortController();
  const large = fileNode("");
  assert.ok(large.type === "file");
  const content = {
    size: 3 << 20,
    read: async (_: number, length: number) => {
      interrupt.abort();
      return Buffer.alloc(length);
    },
  };
  for (const name of ["b", "c"]) {
    const tree = treeOf({ a: "a", [name]: { ...large, content } });
    await assert.rejects(writeTree(tree, out, { signal: interrupt.signal }), { code: "CANCELLED" });
  }
  assert.deepEqual(readdirSync(out), ["a", "b"]);
  assert.equal(readFileSync(join(out, "b"), "utf8"), "before");
});

test("content that ends early is IO, and leaves no half a file", async (t) => {
  const out = temporaryDirectory(t);
  const node = fileNode("");
  assert.ok(node.type === "file");
  const tree = treeOf({ a: { ...node, content: { size: 5, read: async () => Buffer.from("four") } } });
  await assert.rejects(writeTree(tree, out), { code: "IO", message: /4 bytes where 5/ });
  assert.deepEqual(readdirSync(out), []);
});

test("a deep path needs few descriptors", async (t) => {
  const out = temporaryDirectory(t);
  const depth = 700;
  let node = directoryNode({ mtime: 5 });
  for (let level = 0; level < depth; level++) {
    assert.ok(node.type === "directory");
    const file = level % 100 === 0 ? [["f", fileNode("x")] as const] : [];
    node = { ...node, children: new Map([["d", node], ...file]) };
  }
  assert.ok(node.type === "directory");
  const open = () => readdirSync("/proc/self/fd").length;
  let most = 0;
  const before = open();
  const watch = (): void => {
    most = Math.max(most, open());
  };
  await writeTree(new Tree(node), out, { onBytes: watch });
  assert.ok(most - before < 200, `${most - before} descriptors`);
  assert.equal(open(), before);
  assert.equal(statSync(join(out, "d/".repeat(400))).mtimeMs, 5_000);
});
