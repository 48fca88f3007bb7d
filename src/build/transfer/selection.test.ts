import assert from "node:assert/strict";
import { test } from "node:test";
import { attributes, treeOf } from "../../../test/support/root-trees.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { DirectoryNode } from "../../rootfs/node.ts";
import { Tree } from "../../rootfs/tree.ts";
import { selectFrom } from "./selection.ts";

/** A tree in which nobody may look into `closed`. */
function guarded(): Tree {
  const closed: DirectoryNode = {
    type: "directory",
    attributes: attributes(),
    get children(): never {
      throw new Error("closed was looked into");
    },
  };
  const { root } = treeOf({ "a/b": "1", "a/c.log": "2", "d/e": "3" });
  return new Tree({ ...root, children: new Map([...root.children, ["closed", closed]]) });
}

async function selectedPaths(tree: Tree, source: { path: string; below?: string }, exclude: readonly string[] = []) {
  const selected = await selectFrom(tree, { kind: "path", ...source } as never, { exclude });
  return selected.flatMap(({ node }) =>
    node.type === "directory" ? [...new Tree(node).entries()].map(([path]) => path) : [],
  );
}

test("what is left out is not looked into", async () => {
  assert.deepEqual(await selectedPaths(guarded(), { path: "/" }, ["closed", "**/*.log"]), ["a", "a/b", "d", "d/e"]);
  assert.deepEqual(await selectedPaths(guarded(), { path: "/", below: "d" }), ["d", "d/e"]);
});

test("what is taken below a directory brings that along, and what is empty then does not come", async () => {
  const tree = treeOf({ "x/y/z": "1", "x/w": "2", "v/w": "3" });
  assert.deepEqual(await selectedPaths(tree, { path: "/", below: "x/y" }), ["x", "x/y", "x/y/z"]);
  assert.deepEqual(await selectedPaths(tree, { path: "/" }, ["**/w"]), ["v", "x", "x/y", "x/y/z"]);
});

test("a long selection can be interrupted", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1000 });
  const { root } = treeOf({ "a/b": "1", "c/d": "2" });
  const slow: DirectoryNode = {
    ...root,
    get children() {
      t.mock.timers.tick(60);
      return root.children;
    },
  };
  const options = { exclude: ["b"] };
  const source = { kind: "path", path: "/" } as never;
  await assert.rejects(selectFrom(new Tree(slow), source, options, AbortSignal.abort()), (error) =>
    isDistillError(error, "CANCELLED"),
  );
});
