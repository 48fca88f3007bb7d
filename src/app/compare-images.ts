import { LayerFiles } from "../build/layer-files.ts";
import { type ComparedImage, type Comparison, compareImages } from "../compare/compare.ts";
import { configOf, type ManifestContent } from "../image/content.ts";
import { type Platform, parsePlatform } from "../image/platform.ts";
import { selectImage } from "../image/select.ts";
import { parseSource } from "../image/source/location.ts";
import { DistillError } from "../lib/errors.ts";
import { asTask } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { type BuildOptions, type BuildWishes, buildCompared, comparedPlace } from "./compared-image.ts";
import { flattenImage } from "./flattened-image.ts";
import { factsOf, type ImageRoot } from "./image-facts.ts";
import { openContent } from "./open-content.ts";
import { packedContent } from "./packed-content.ts";
import { openWorkspace } from "./workspace.ts";

/** Compared where something is built and nothing is said: what a build makes. */
const BUILT_PLATFORM = "linux/amd64";

export interface CompareOptions extends BuildOptions {
  /** One platform. By default that of builds where something is built, else that of this machine. */
  readonly platform: string | undefined;
  readonly wishes: Omit<BuildWishes, "platform">;
}

/**
 * Compares two images by what they are made of, named as comparedPlace reads them. What has to be built is built first,
 * and stays in the store without a name. Layers of the store are read where they lie; those of other images are
 * fetched, verified and kept in files without names meanwhile. Errors as the build, openContent, selectImage and flattenImage.
 */
export async function compareNamed(a: string, b: string, options: CompareOptions): Promise<Comparison> {
  await using workspace = openWorkspace();
  const { store } = workspace;
  const names = [a, b] as const;
  const places = names.map((name) => comparedPlace(name, store));
  for (const place of places) if (options.offline && place.kind === "image") refuseRegistry(place.name, store);
  const isBuilt = places.some(({ kind }) => kind === "build");
  const platform = options.platform ?? (isBuilt ? BUILT_PLATFORM : undefined);
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  await using lease = store.lease("compare");
  await using closing = new AsyncDisposableStack();
  const files = closing.use(new LayerFiles(store, lease, options.signal));
  const reader = new ImageReader({ store, lease, files, closing, options });
  const stored: (string | undefined)[] = [];
  // Both are built before one is looked into: what fails does so early.
  for (const place of places) {
    const wishes = { ...options.wishes, platform: platform ?? BUILT_PLATFORM };
    stored.push(place.kind === "build" ? await buildCompared(place, wishes, lease, options) : undefined);
  }
  const read = (side: 0 | 1): Promise<ComparedImage> => reader.read(names[side], stored[side], wanted);
  const [first, second] = [await read(0), await read(1)];
  return await asTask(options.progress, "Comparing files", () => compareImages(first, second, options.signal));
}

interface Means {
  readonly store: Store;
  readonly lease: Lease;
  readonly files: LayerFiles;
  /** What is opened until both are compared. */
  readonly closing: AsyncDisposableStack;
  readonly options: CompareOptions;
}

class ImageReader {
  readonly #means: Means;

  constructor(means: Means) {
    this.#means = means;
  }

  /** An image by its name, or by the digest that the store has it under. */
  async read(name: string, digest: string | undefined, wanted: Platform | undefined): Promise<ComparedImage> {
    const { store, lease, closing, options } = this.#means;
    const isStored = digest !== undefined || (parseSource(name) === undefined && store.has(name));
    if (isStored) {
      const content = await packedContent(store, digest ?? name, options, lease);
      if (content === undefined) {
        throw new DistillError("NO_SUCH_IMAGE", `${name} was removed from the store meanwhile`);
      }
      lease.hold(content.descriptor.digest);
      const image = await selectImage(content, wanted);
      return this.#look(name, image, await this.#storedRoot(image));
    }
    const opened = closing.use(await openContent(name, options));
    const image = await selectImage(opened.content, wanted);
    return this.#look(name, image, closing.use(await flattenImage(image, options)));
  }

  async #storedRoot(image: ManifestContent): Promise<ImageRoot> {
    const { store, files } = this.#means;
    const { diff_ids: diffIDs } = (await configOf(image)).rootfs;
    const layers = diffIDs.map((diffID) => {
      const layer = store.layer(diffID);
      return { diffID, size: layer.uncompressedSize, bytes: () => layer.uncompressed() };
    });
    return { tree: await files.tree(diffIDs), layers };
  }

  async #look(name: string, image: ManifestContent, root: ImageRoot): Promise<ComparedImage> {
    const { progress, signal } = this.#means.options;
    const facts = await asTask(progress, `Looking into ${name}`, () => factsOf(image, root, name, signal));
    return { facts, tree: root.tree };
  }
}

/** What --offline does not reach. */
function refuseRegistry(name: string, store: Store): void {
  const location = parseSource(name);
  const isElsewhere = location === undefined ? !store.has(name) : location.transport === "docker";
  if (!isElsewhere) return;
  throw new DistillError("OFFLINE", `${name} is not in the store, and --offline asks no registry`, {
    hint: "leave --offline out, or fetch it beforehand with distill pull",
  });
}
