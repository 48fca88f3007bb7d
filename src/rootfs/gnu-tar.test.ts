import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import {
  applied,
  attributes,
  describeTree,
  directoryNode,
  emptyTree,
  fileNode,
  layerBytes,
  symlinkNode,
  treeOf,
} from "../../test/support/root-trees.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { wholeTree } from "./diff.ts";

const linked = fileNode("shared", { mode: 0o6755, uid: 7, gid: 8, mtime: 1e9 }, {});
const tree = treeOf({
  plain: fileNode("x".repeat(700), { mtime: 12345 }),
  "sticky/\xe9\xff": fileNode("latin1", { uid: 3_000_000, gid: 65534 }),
  sticky: directoryNode({ mode: 0o1777, uid: 5, gid: 6 }),
  [`long/${"d".repeat(120)}/${"f".repeat(200)}`]: "long",
  link: symlinkNode("/usr/../elsewhere"),
  "long-link": symlinkNode("t".repeat(300)),
  "bin/one": linked,
  "bin/two": linked,
  char: { type: "char", major: 1, minor: 3, attributes: attributes({ mode: 0o666 }) },
  block: { type: "block", major: 259, minor: 70000, attributes: attributes({ mode: 0o660, gid: 6 }) },
  pipe: { type: "fifo", attributes: attributes({ mode: 0o600 }) },
});
const skip = process.getuid?.() === 0 ? unlessTools("tar") : "needs root";

test("GNU tar unpacks a layer to what the tree says", { skip }, async (context) => {
  const directory = temporaryDirectory(context);
  const root = join(directory, "root");
  mkdirSync(root);
  writeFileSync(join(directory, "layer.tar"), await layerBytes(wholeTree(tree)));
  execFileSync("tar", ["-xpf", join(directory, "layer.tar"), "--numeric-owner", "-C", root], {
    env: { ...process.env, LC_ALL: "C" },
  });
  for (const [path, node] of tree.entries()) {
    const at = Buffer.from(`${root}/${path}`, "latin1");
    const stats = lstatSync(at);
    const { mode, uid, gid, mtime } = node.attributes;
    assert.deepEqual([stats.mode & 0o7777, stats.uid, stats.gid], [mode, uid, gid], path);
    if (node.type === "file") {
      assert.equal(stats.mtimeMs, mtime * 1000, path);
      assert.deepEqual(readFileSync(at), Buffer.from(await node.content.read(0, node.content.size)), path);
    }
    if (node.type === "symlink") assert.equal(readlinkSync(at, { encoding: "latin1" }), node.target);
    if (node.type === "char" || node.type === "block") {
      const device = BigInt(stats.rdev);
      assert.equal(Number((device >> 8n) & 0xfffn), node.major);
      assert.equal(Number((device & 0xffn) | ((device >> 12n) & 0xfff00n)), node.minor);
    }
  }
  assert.equal(lstatSync(join(root, "bin/one")).ino, lstatSync(join(root, "bin/two")).ino);
});

test("what GNU tar packs again is the same tree", { skip }, async (context) => {
  const directory = temporaryDirectory(context);
  const root = join(directory, "root");
  mkdirSync(root);
  const layer = join(directory, "layer.tar");
  writeFileSync(layer, await layerBytes(wholeTree(tree)));
  const environment = { env: { ...process.env, LC_ALL: "C" } };
  execFileSync("tar", ["-xpf", layer, "--numeric-owner", "-C", root], environment);
  for (const format of ["gnu", "posix"]) {
    const pack = ["--numeric-owner", "--sort=name", `--format=${format}`, "--mtime=@0"];
    execFileSync("tar", ["-cf", layer, ...pack, "-C", root, "."], environment);
    const again = await describeTree(await applied(emptyTree(), readFileSync(layer), directory));
    const withoutTime = (description: Record<string, unknown>): unknown =>
      Object.entries(description).map(([path, entry]) => [path, { ...(entry as object), mtime: 0 }]);
    assert.deepEqual(withoutTime(again), withoutTime(await describeTree(tree)));
  }
});
