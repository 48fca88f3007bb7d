import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { treeOf } from "../../test/support/root-trees.ts";
import { digestOf } from "../lib/digest.ts";
import { pathFromText } from "../rootfs/path.ts";
import { ownFiles } from "./file-owners.ts";
import { UNKNOWN_STORY } from "./layer-story.ts";

test("a step that moved very many files one by one is looked through once", async () => {
  const names = Array.from({ length: 20_000 }, (_, number) => String(number));
  const moves = names.map((name) => ({ from: `/${name}`, origin: "context", to: `/app/${name}`, packages: [] }));
  const tree = treeOf(Object.fromEntries(names.map((name) => [`app/${name}`, ""])));
  const start = cpuTime();
  const { owners } = await ownFiles({
    ...{ tree, diffIDs: [digestOf("layer")], packages: [] },
    stories: [{ ...UNKNOWN_STORY, kind: "step", moves }],
  });
  assert.deepEqual(owners.get(pathFromText("app/77")), { kind: "app", layer: 0, from: "/77" });
  assert.ok(cpuTime() - start < 2000);
});
