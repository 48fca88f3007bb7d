import { LayerFiles } from "../build/layer-files.ts";
import { configOf, type ManifestContent } from "../image/content.ts";
import type { Platform } from "../image/platform.ts";
import { selectImage } from "../image/select.ts";
import { parseSource } from "../image/source/location.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import type { LayerSource } from "../rootfs/layer-reader.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";
import { type FlattenedImage, type FlattenedLayer, flattenImage } from "./flattened-image.ts";
import { openContent } from "./open-content.ts";
import { packedContent } from "./packed-content.ts";

export interface RootsOptions {
  readonly offline: boolean;
  readonly tlsVerify?: boolean | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** A layer of an image that is looked into. */
export interface RootLayer {
  readonly diffID: Digest;
  /** Bytes of the uncompressed tar. */
  size(): Promise<number>;
  bytes(): AsyncIterable<Uint8Array>;
  /** Its entries and their contents. */
  source(): Promise<LayerSource>;
}

/** An image of one platform, with its root file system. */
export interface ImageRoot {
  /** What the user called it. */
  readonly name: string;
  readonly content: ManifestContent;
  /** Nodes have the diffIDs of their layers as owners. Made when it is first asked for. */
  tree(): Promise<Tree>;
  /** Lowest first. */
  readonly layers: readonly RootLayer[];
}

/**
 * Opens images of any place to look into them, until it is disposed of. Layers of the store are read where they lie; those of other
 * images are fetched, verified and kept in files without names meanwhile, all of them as soon as anything of one is asked for.
 */
export class ImageRoots implements AsyncDisposable {
  readonly #store: Store;
  readonly #lease: Lease;
  readonly #options: RootsOptions;
  readonly #files: LayerFiles;
  readonly #closing = new AsyncDisposableStack();

  constructor(store: Store, lease: Lease, options: RootsOptions) {
    this.#store = store;
    this.#lease = lease;
    this.#options = options;
    this.#files = this.#closing.use(new LayerFiles(store, lease, options.signal));
  }

  /**
   * An image by its name, or by the digest that the store has it under. Errors as openContent, selectImage and flattenImage; OFFLINE
   * for what only a registry has.
   */
  async open(name: string, digest: Digest | string | undefined, wanted: Platform | undefined): Promise<ImageRoot> {
    const store = this.#store;
    const isStored = digest !== undefined || (parseSource(name) === undefined && store.has(name));
    if (isStored) {
      const content = await packedContent(store, digest ?? name, this.#options, this.#lease);
      if (content === undefined) {
        throw new DistillError("NO_SUCH_IMAGE", `${name} was removed from the store meanwhile`);
      }
      this.#lease.hold(content.descriptor.digest);
      const image = await selectImage(content, wanted);
      return { name, content: image, ...(await this.#stored(image)) };
    }
    if (this.#options.offline) refuseRegistry(name);
    const opened = this.#closing.use(await openContent(name, this.#options));
    const image = await selectImage(opened.content, wanted);
    return { name, content: image, ...(await this.#fetched(image)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }

  async #stored(image: ManifestContent): Promise<Pick<ImageRoot, "tree" | "layers">> {
    const { diff_ids: diffIDs } = (await configOf(image)).rootfs;
    const layers = diffIDs.map((diffID): RootLayer => {
      const layer = this.#store.layer(diffID);
      const source = () => this.#files.source(diffID);
      return { diffID, size: async () => layer.uncompressedSize, bytes: () => layer.uncompressed(), source };
    });
    return { tree: () => this.#files.tree(diffIDs), layers };
  }

  /** What is remembered of layers is known by their diffIDs, which the config has: they need not be fetched for it. */
  async #fetched(image: ManifestContent): Promise<Pick<ImageRoot, "tree" | "layers">> {
    let fetching: Promise<FlattenedImage> | undefined;
    const flattened = (): Promise<FlattenedImage> => {
      fetching ??= flattenImage(image, this.#options).then((each) => this.#closing.use(each));
      return fetching;
    };
    const layer = async (index: number): Promise<FlattenedLayer> => {
      const found = (await flattened()).layers[index];
      if (found === undefined) throw new Error(`the image has no layer ${index}`);
      return found;
    };
    const { diff_ids: diffIDs } = (await configOf(image)).rootfs;
    const layers = diffIDs.map(
      (diffID, index): RootLayer => ({
        diffID,
        size: async () => (await layer(index)).size,
        bytes: async function* () {
          yield* (await layer(index)).bytes();
        },
        source: async () => (await layer(index)).source(),
      }),
    );
    return { tree: async () => (await flattened()).tree, layers };
  }
}

/** What --offline does not reach. */
export function refuseRegistry(name: string): void {
  const location = parseSource(name);
  if (location !== undefined && location.transport !== "docker") return;
  throw new DistillError("OFFLINE", `${name} is not in the store, and --offline asks no registry`, {
    hint: "leave --offline out, or fetch it beforehand with distill pull",
  });
}
