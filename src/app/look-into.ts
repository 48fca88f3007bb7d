import { platformOf } from "../image/config.ts";
import { configOf } from "../image/content.ts";
import { formatPlatform, parsePlatform } from "../image/platform.ts";
import { type Inventory, type InventoryInput, type InventorySummary, takeInventory } from "../inventory/inventory.ts";
import { evidenceOf, summaryOf } from "../inventory/kept-evidence.ts";
import type { Digest } from "../lib/digest.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { type ImageRoot, ImageRoots, type RootsOptions } from "./image-roots.ts";
import { layerStories } from "./layer-stories.ts";
import { openWorkspace } from "./workspace.ts";

/** An image that was looked into; its files can be read as long as its user runs. */
export interface LookedInto extends ImageRoot, Look {
  readonly imageID: Digest;
  readonly manifestDigest: Digest;
  readonly platform: string;
  /** RFC 3339, as the config says. */
  readonly created: string | undefined;
}

export interface LookOptions extends RootsOptions {
  /** One platform of an index; by default this machine's. */
  readonly platform: string | undefined;
}

/** Opens an image by any name (openContent), takes its inventory, and gives both to `use`. */
export async function withInventory<T>(
  name: string,
  options: LookOptions,
  use: (image: LookedInto, signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  await using workspace = openWorkspace();
  const { store } = workspace;
  await using lease = store.lease("look into");
  await using roots = new ImageRoots(store, lease, options);
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const root = await roots.open(name, undefined, wanted);
  const config = await configOf(root.content);
  const look = await lookInto(root, store, lease, options);
  return await use(
    {
      ...root,
      ...look,
      imageID: root.content.manifest.config.digest,
      manifestDigest: root.content.descriptor.digest,
      platform: formatPlatform(platformOf(config)),
      created: config.created,
    },
    options.signal,
  );
}

/** What was found in an image, and what is found out when it is asked for. */
interface Look {
  readonly summary: InventorySummary;
  /** With the owners of all files. Taken once. */
  inventory(): Promise<Inventory>;
}

/** The inventory of an image: what is remembered of it, and else of its layers, is not looked at again. */
export async function lookInto(
  { name, content, tree, layers }: ImageRoot,
  store: Store,
  lease: Lease,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal | undefined },
): Promise<Look> {
  return await asTask(progress, `Looking into ${name}`, async () => {
    const stories = layerStories(store, content.manifest.config.digest, await configOf(content));
    const keeper = { store, lease, signal };
    let taken: Promise<Inventory> | undefined;
    const take = async (): Promise<Inventory> => {
      // What is known already needs none of them.
      const { ALL_CATALOGERS } = await import("../inventory/catalogers/all.ts");
      const known: InventoryInput["layers"][number][] = [];
      for (const [index, { diffID, source }] of layers.entries()) {
        const evidence = await evidenceOf(keeper, diffID, source, ALL_CATALOGERS);
        const story = stories[index];
        if (story !== undefined) known.push({ diffID, evidence, story });
      }
      return takeInventory({ tree: await tree(), layers: known });
    };
    const inventory = (): Promise<Inventory> => {
      taken ??= take();
      return taken;
    };
    const diffIDs = layers.map(({ diffID }) => diffID);
    return { summary: await summaryOf(keeper, diffIDs, stories, inventory), inventory };
  });
}
