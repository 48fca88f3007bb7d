import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { directoryNode, fileNode, symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { digestFiles } from "./file-digests.ts";

test("plain files have digests, under each of their names; what has no content has none", async () => {
  const tree = treeOf({ "a/x": "text", b: fileNode("text"), d: directoryNode(), l: symlinkNode("b") });
  const digests = await digestFiles(tree);
  const hash = (name: string) => createHash(name).update("text").digest("hex");
  const expected = { sha1: hash("sha1"), sha256: hash("sha256") };
  assert.deepEqual(
    [...digests],
    [
      ["a/x", expected],
      ["b", expected],
    ],
  );
});

test("a cancelled reader stops", async () => {
  await assert.rejects(digestFiles(treeOf({ a: "x" }), AbortSignal.abort()));
});
