import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ALL_CATALOGERS } from "../../src/inventory/catalogers/all.ts";
import { gatherLayer } from "../../src/inventory/gather.ts";
import { type Inventory, type InventoryInput, takeInventory } from "../../src/inventory/inventory.ts";
import { type LayerStory, UNKNOWN_STORY } from "../../src/inventory/layer-story.ts";
import { type StandingClaim, standingClaims } from "../../src/inventory/standing.ts";
import { type Digest, digestOf } from "../../src/lib/digest.ts";
import { BackingFile } from "../../src/rootfs/content.ts";
import { diffTrees } from "../../src/rootfs/diff.ts";
import { applyLayer, type LayerSource, layerSource } from "../../src/rootfs/layer-reader.ts";
import { writeLayer } from "../../src/rootfs/layer-writer.ts";
import { displayPath } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { collect } from "./bytes.ts";
import { temporaryDirectory } from "./directories.ts";
import { changed, emptyTree, type RootEntries } from "./root-trees.ts";

/** What a layer changes: entries as in treeOf, null for what it removes. */
export interface TestLayer {
  readonly entries: Readonly<Record<string, RootEntries[string] | null>>;
  readonly story?: Partial<LayerStory>;
}

export interface ReadLayer {
  readonly diffID: Digest;
  source(): Promise<LayerSource>;
}

/** An image of these layers, written as tar and read back, and its inventory. */
export async function layeredImage(
  t: TestContext,
  layers: readonly TestLayer[],
): Promise<{
  readonly tree: Tree;
  readonly inventory: Inventory;
  readonly claims: readonly StandingClaim[];
  readonly layers: readonly ReadLayer[];
}> {
  const directory = temporaryDirectory(t);
  let [before, tree] = [emptyTree(), emptyTree()];
  const sources: ReadLayer[] = [];
  const input: InventoryInput["layers"][number][] = [];
  for (const [index, { entries, story }] of layers.entries()) {
    const after = changed(before, entries);
    const bytes = await collect(writeLayer(diffTrees(before, after), { timestamp: 0 }));
    const path = join(directory, `${index}.tar`);
    writeFileSync(path, bytes);
    const diffID = digestOf(bytes);
    const file = new BackingFile(path, undefined, diffID);
    t.after(() => file.close());
    tree = await applyLayer(tree, file, { kind: "base", digest: diffID });
    const evidence = await gatherLayer(layerSource(file), ALL_CATALOGERS);
    sources.push({ diffID, source: async () => layerSource(file) });
    input.push({ diffID, evidence, story: { ...UNKNOWN_STORY, ...story } });
    before = after;
  }
  const inventory = await takeInventory({ tree, layers: input });
  return { tree, inventory, claims: standingClaims(tree, input), layers: sources };
}

/** Who owns each file: `package NAME`, `app FROM`, or the kind and the number of the layer. */
export function shownOwners({ owners, packages }: Inventory): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...owners].map(([path, owner]) => {
      if (owner.kind === "package") return [displayPath(path), packages[owner.package]?.facts.name ?? ""];
      if (owner.kind === "app") return [displayPath(path), `app ${owner.from}`];
      return [displayPath(path), `${owner.kind} ${owner.layer}`];
    }),
  );
}
