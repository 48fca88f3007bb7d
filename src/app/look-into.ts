import { configOf } from "../image/content.ts";
import { ALL_CATALOGERS } from "../inventory/catalogers/all.ts";
import { type Inventory, takeInventory } from "../inventory/inventory.ts";
import { evidenceOf } from "../inventory/kept-evidence.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import type { ImageRoot } from "./image-roots.ts";
import { layerStories } from "./layer-stories.ts";

export interface LookOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** The inventory of an image. Layers that were looked into before are not read again. */
export async function lookInto(
  { name, content, tree, layers }: ImageRoot,
  store: Store,
  lease: Lease,
  { progress, signal }: LookOptions,
): Promise<Inventory> {
  return await asTask(progress, `Looking into ${name}`, async () => {
    const stories = layerStories(store, content.manifest.config.digest, await configOf(content));
    const known: {
      diffID: (typeof layers)[number]["diffID"];
      evidence: Awaited<ReturnType<typeof evidenceOf>>;
      story: (typeof stories)[number];
    }[] = [];
    for (const [index, { diffID, source }] of layers.entries()) {
      const evidence = await evidenceOf({ store, lease, signal }, diffID, source, ALL_CATALOGERS);
      const story = stories[index];
      if (story !== undefined) known.push({ diffID, evidence, story });
    }
    return takeInventory({ tree, layers: known });
  });
}
