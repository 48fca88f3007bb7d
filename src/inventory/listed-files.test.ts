import assert from "node:assert/strict";
import { test } from "node:test";
import { layeredImage } from "../../test/support/layered-image.ts";
import { fileNode, symlinkNode } from "../../test/support/root-trees.ts";
import { deadFiles } from "./listed-files.ts";

async function deadOf(...args: Parameters<typeof layeredImage>): Promise<readonly string[]> {
  const { tree, layers, inventory } = await layeredImage(...args);
  const dead = await deadFiles(tree, layers);
  const counted = inventory.layers.reduce((sum, { deadBytes }) => sum + deadBytes, 0);
  assert.equal(
    dead.reduce((sum, { bytes }) => sum + bytes, 0),
    counted,
  );
  return dead.map(({ path, layer }) => `${layer} ${path}`);
}

test("what is still seen under another name is not dead", async (t) => {
  const inode = {};
  const linked = { one: fileNode("xx", {}, inode), two: fileNode("xx", {}, inode), three: "y" };
  assert.deepEqual(await deadOf(t, [{ entries: linked }, { entries: { one: null, three: null } }]), ["0 three"]);
  assert.deepEqual(await deadOf(t, [{ entries: linked }, { entries: { one: null, two: null } }]), ["0 one"]);
});

test("what a link took the place of is dead, wherever the link leads", async (t) => {
  const layers = [{ entries: { a: "aa", b: "b" } }, { entries: { a: symlinkNode("b") } }];
  assert.deepEqual(await deadOf(t, layers), ["0 a"]);
});

test("of the same layer twice, the lower one is dead", async (t) => {
  const layer = { entries: { a: "aa" } };
  assert.deepEqual(await deadOf(t, [layer, { entries: { a: null } }, layer]), ["0 a"]);
});
