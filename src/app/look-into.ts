import { platformOf } from "../image/config.ts";
import { configOf } from "../image/content.ts";
import { formatPlatform, parsePlatform } from "../image/platform.ts";
import type { LayerEvidence } from "../inventory/evidence.ts";
import { type Inventory, type InventoryInput, type InventorySummary, takeInventory } from "../inventory/inventory.ts";
import { type EvidenceKeeper, evidenceOf, summaryOf } from "../inventory/kept-evidence.ts";
import { type LayerStory, UNKNOWN_STORY } from "../inventory/layer-story.ts";
import { KnownFiles } from "../inventory/recognised.ts";
import { standingClaims } from "../inventory/standing.ts";
import type { Digest } from "../lib/digest.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { type ImageRoot, ImageRoots, type RootLayer, type RootsOptions } from "./image-roots.ts";
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
  /** Images whose packages' files are known again by their content where no package of the image has them. */
  readonly against?: readonly string[];
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
  const others: ImageRoot[] = [];
  for (const other of options.against ?? []) others.push(await roots.open(other, undefined, wanted));
  const look = await lookInto(root, store, lease, { ...options, against: others });
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

interface LookMeans {
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  readonly against?: readonly ImageRoot[];
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
  { progress, signal, against = [] }: LookMeans,
): Promise<Look> {
  return await asTask(progress, `Looking into ${name}`, async () => {
    const stories = layerStories(store, content.manifest.config.digest, await configOf(content));
    const keeper = { store, lease, signal };
    let taken: Promise<Inventory> | undefined;
    const take = async (): Promise<Inventory> => {
      const known = await evidenceOfLayers(keeper, layers);
      const told = known.map((each, index) => ({ ...each, story: stories[index] ?? UNKNOWN_STORY }));
      const whole = await tree();
      const inventory = await takeInventory({ tree: whole, layers: told });
      return against.length === 0
        ? inventory
        : await recognised(keeper, against, { tree: whole, layers: told }, inventory);
    };
    const inventory = (): Promise<Inventory> => {
      taken ??= take();
      return taken;
    };
    const diffIDs = layers.map(({ diffID }) => diffID);
    if (against.length > 0) return { summary: await inventory(), inventory };
    return { summary: await summaryOf(keeper, diffIDs, stories, inventory), inventory };
  });
}

async function evidenceOfLayers(
  keeper: EvidenceKeeper,
  layers: readonly RootLayer[],
): Promise<readonly Pick<InventoryInput["layers"][number], "diffID" | "evidence">[]> {
  // What is known already needs none of them.
  const { ALL_CATALOGERS } = await import("../inventory/catalogers/all.ts");
  const known: { diffID: Digest; evidence: LayerEvidence }[] = [];
  for (const { diffID, source } of layers) {
    known.push({ diffID, evidence: await evidenceOf(keeper, diffID, source, ALL_CATALOGERS) });
  }
  return known;
}

/** The inventory once more, with the packages that files are known again by. */
async function recognised(
  keeper: EvidenceKeeper,
  against: readonly ImageRoot[],
  { tree, layers }: InventoryInput,
  { owners }: Inventory,
): Promise<Inventory> {
  const more = new Map<number, NonNullable<LayerStory["recognised"]>>();
  for (const other of against) {
    const files = new KnownFiles();
    const otherTree = await other.tree();
    files.learn(standingClaims(otherTree, await evidenceOfLayers(keeper, other.layers)), otherTree);
    for (const [layer, packages] of await files.recognise(tree, owners)) {
      more.set(layer, [...(more.get(layer) ?? []), { origin: `contents of ${other.name}`, packages }]);
    }
  }
  return takeInventory({
    tree,
    layers: layers.map((each, index) => ({ ...each, story: { ...each.story, recognised: more.get(index) ?? [] } })),
  });
}
