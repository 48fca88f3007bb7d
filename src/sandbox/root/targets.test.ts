import assert from "node:assert/strict";
import { test } from "node:test";
import { symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { findTargets, type Wanted } from "./targets.ts";

const directory = (target: string): Wanted => ({ target, type: "directory" });
const file = (target: string): Wanted => ({ target, type: "file" });

function conflicts(tree: Tree, ...wanted: readonly Wanted[]): void {
  assert.throws(
    () => findTargets(tree, wanted),
    (error) => isDistillError(error, "FILE_CONFLICT"),
  );
}

const KERNEL = { proc: undefined, sys: undefined, dev: undefined };

test("what is missing becomes a stub, outermost first, each once", () => {
  const { targets, stubs } = findTargets(treeOf({ dev: undefined }), [file("/run/secrets/a"), file("/run/secrets/b")]);
  assert.deepEqual(targets, ["run/secrets/a", "run/secrets/b"]);
  assert.deepEqual(
    stubs.map(({ path, type }) => `${type} ${path}`),
    [
      "directory proc",
      "directory sys",
      "directory run",
      "directory run/secrets",
      "file run/secrets/a",
      "file run/secrets/b",
    ],
  );
});

test("links are followed inside the root", () => {
  const tree = treeOf({
    ...KERNEL,
    "var/run": symlinkNode("../../../run"),
    run: undefined,
    etc: symlinkNode("/usr/etc"),
  });
  const { targets, stubs } = findTargets(tree, [directory("/var/run/x"), file("/etc/hosts")]);
  assert.deepEqual(targets, ["run/x", "usr/etc/hosts"]);
  assert.deepEqual(
    stubs.map(({ path }) => path),
    ["run/x", "usr", "usr/etc", "usr/etc/hosts"],
  );
});

test("what lies in another mount needs no stub", () => {
  const { stubs } = findTargets(treeOf(KERNEL), [directory("/a"), directory("/a/b/c"), directory("/dev/shm")]);
  assert.deepEqual(
    stubs.map(({ path }) => path),
    ["a"],
  );
});

test("files and directories do not stand for one another", () => {
  const tree = treeOf({ ...KERNEL, "a/file": "text" });
  conflicts(tree, directory("/a/file"));
  conflicts(tree, file("/a"));
  conflicts(tree, directory("/a/file/below"));
});

test("nothing is mounted at the root, or into /proc", () => {
  const tree = treeOf({ ...KERNEL, link: symlinkNode("/"), to: symlinkNode("/proc/self") });
  conflicts(tree, directory("/"));
  conflicts(tree, directory("/link"));
  conflicts(tree, directory("/proc/self/cwd"));
  conflicts(tree, directory("/to/fd"));
});

test("an image whose /proc, /sys or /dev is a link or a file is refused", () => {
  for (const name of ["proc", "sys", "dev"]) {
    conflicts(treeOf({ [name]: symlinkNode("/tmp") }));
    conflicts(treeOf({ [name]: symlinkNode("../../etc"), etc: undefined }));
    conflicts(treeOf({ [name]: "a file" }));
  }
});

test("a loop of links is an error, not a hang", () => {
  assert.throws(() => findTargets(treeOf({ a: symlinkNode("b"), b: symlinkNode("a") }), [file("/a/x")]));
});
