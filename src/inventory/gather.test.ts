import assert from "node:assert/strict";
import { test } from "node:test";
import { treeOf } from "../../test/support/root-trees.ts";
import type { Cataloger } from "./cataloger.ts";
import { gatherTree } from "./gather.ts";

test("what the files of a layer say together can be written as one text", async () => {
  const soname = "x".repeat(1000);
  const talkative: Cataloger = {
    name: "talkative",
    wants: () => true,
    read: async () => [{ kind: "elf", soname, needed: [] }],
  };
  const names = Array.from({ length: 20 }, (_, index) => String(index));
  const tree = treeOf(Object.fromEntries(names.map((name) => [name, ""])));
  const records = await gatherTree(tree, [talkative], undefined, 8500);
  assert.deepEqual(
    records.map(({ path }) => path),
    ["0", "1", "10", "11", "12", "13", "14", "15"],
  );
});
