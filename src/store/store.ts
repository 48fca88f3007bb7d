import type { Content } from "../image/content.ts";
import type { Blob, Image, Layer } from "../image/image.ts";
import type { StringMap } from "../image/json.ts";
import { DEFAULT_PACKING, type Packing } from "../image/packing.ts";
import { hostPlatform, type Platform } from "../image/platform.ts";
import type { Reference } from "../image/reference.ts";
import type { Digest } from "../lib/digest.ts";
import { makeDirectories } from "../lib/directories.ts";
import { fromSystemError } from "../lib/errors.ts";
import { SharedWork } from "../lib/shared-work.ts";
import { Database } from "../lib/sqlite.ts";
import { type BlobInfo, findBlob, openBlob } from "./blobs.ts";
import type { CacheLimits } from "./cache.ts";
import { blobDirectory, blobPath, databasePath, type StoreContext, snapshotRoot, temporaryRoot } from "./context.ts";
import { baseLayers, putFreshImage, settle } from "./fresh.ts";
import {
  findManifest,
  type ImageParts,
  type LayerPart,
  listImages,
  loadImage,
  putImage,
  putManifest,
  removeImage,
  type StoredImage,
  tagImage,
} from "./images.ts";
import { imageFor, loadIndex, putIndex, type StoredIndex, storedContent } from "./indexes.ts";
import { findLayer, missingLayer, plainLayer, writeLayer } from "./layers.ts";
import { Lease, staleLeases, sweepLeases, whileUnused } from "./leases.ts";
import { kindOf, packingOf } from "./manifests.ts";
import { alone, onceAmongBuilders, withFreeNumber } from "./once.ts";
import { originsOf, rememberOrigins } from "./origins.ts";
import { LAYERS_AT_A_TIME, packedLayer } from "./packing.ts";
import { collectCache, type PruneOptions, type PruneReport, prune } from "./prune.ts";
import { putContent } from "./receive.ts";
import { migrate } from "./schema.ts";
import {
  draftSnapshot,
  emptyDrafts,
  findSnapshot,
  forgetAbandonedDrafts,
  type Snapshot,
  type SnapshotDraft,
  snapshotsDirectory,
  sweepSnapshots,
} from "./snapshots.ts";
import { forgetStep, type JsonValue, recallStep, rememberStep } from "./steps.ts";
import { type StoreProblem, verifyStore } from "./verify.ts";

const DAMAGED = "move the store's directory away; images can be built or pulled again";

/**
 * Images, layers and cached steps on disk: blobs as files named by their digest, everything that is looked up in one
 * SQLite file. Any number of processes may use one store; each of them may be killed at any time, and nothing that is
 * visible is ever half there. What protects fresh blobs from a concurrent prune is a lease.
 */
export class Store {
  /** Directories of dead processes that this user may not remove by himself: they hold files of the programs' users. */
  readonly leftByPrograms: readonly string[];
  readonly #context: StoreContext;

  private constructor(context: StoreContext, leftByPrograms: readonly string[]) {
    this.#context = context;
    this.leftByPrograms = leftByPrograms;
  }

  /**
   * Opens the store in this directory, making it where missing, and ends what dead processes left. Images that are put
   * into it through this handle have their layers packed like `packing`, gzip by default. Throws UNSUPPORTED
   * where a newer distill wrote it, STORE_CORRUPT where its database is damaged.
   */
  static open(root: string, options: { readonly packing?: Packing | undefined } = {}): Store {
    prepareDirectories(root);
    const path = databasePath(root);
    const database = new Database(path, { damaged: DAMAGED });
    try {
      migrate(database, path);
      const packingWork = new SharedWork<string, Blob>(LAYERS_AT_A_TIME);
      const unpackingWork = new SharedWork<Digest, void>(LAYERS_AT_A_TIME);
      const packing = options.packing ?? DEFAULT_PACKING;
      const context = { root, database, packing, packingWork, unpackingWork };
      const stale = staleLeases(context);
      if (stale.length > 0) emptyDrafts(context, stale);
      sweepLeases(context, stale);
      const left = stale.length > 0 && forgetAbandonedDrafts(context) ? sweepSnapshots(context) : [];
      return new Store(context, left);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Stops what is still being packed or unpacked, waits for that, and closes the database. May be called again. */
  async close(): Promise<void> {
    await this.#context.packingWork.close();
    await this.#context.unpackingWork.close();
    this.#context.database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A new lease; `purpose` says to a reader of the database what it is for. Release it, or let it die with the process. */
  lease(purpose: string): Lease {
    return new Lease(this.#context, purpose);
  }

  /** Digest and size of a blob that is in the store (not re-hashed), else undefined. */
  blob(digest: Digest): BlobInfo | undefined {
    return findBlob(this.#context, digest);
  }

  /** The blob as a stream that ends in STORE_CORRUPT, naming it, where it is damaged or missing. */
  openBlob(digest: Digest): AsyncIterable<Uint8Array> {
    return openBlob(this.#context, digest);
  }

  /** Path of the blob's file, for positioned reads. Not verified; never write to it. */
  blobPath(digest: Digest): string {
    return blobPath(this.#context.root, digest);
  }

  /** Stores a tar stream, uncompressed, as a layer. */
  writeLayer(lease: Lease, source: AsyncIterable<Uint8Array>): Promise<{ diffID: Digest; size: number }> {
    return writeLayer(this.#context, lease, source);
  }

  /** A stored layer; throws STORE_CORRUPT where there is none. */
  layer(diffID: Digest): Layer {
    const layer = findLayer(this.#context, diffID);
    if (layer === undefined) throw missingLayer(diffID);
    return layer;
  }

  hasLayer(diffID: Digest): boolean {
    return findLayer(this.#context, diffID) !== undefined;
  }

  /** Path of a file with the layer as a plain tar, which the lease holds; unpacked first where need be. See layers.ts. */
  plainLayer(lease: Lease, diffID: Digest, signal?: AbortSignal): Promise<string> {
    return plainLayer(this.#context, lease, diffID, signal);
  }

  /** The layers of a stored image as the parts of an image that is built on it. */
  baseLayers(image: Image): readonly LayerPart[] {
    return baseLayers(this.#context, image);
  }

  /**
   * Starts to pack a layer, so that `putImage` finds it done or under way. A failure is not reported here: `putImage`
   * tries again, and fails then.
   */
  packInBackground(diffID: Digest): void {
    packedLayer(this.#context, diffID).catch(() => {});
  }

  /** Builds an image of stored layers that `lease` holds, packed as this store packs; waits for those that are not yet. */
  putImage(lease: Lease, parts: ImageParts, signal?: AbortSignal): Promise<Image> {
    return putImage(this.#context, lease, parts, signal);
  }

  /** As `putImage`, without packing a layer: see fresh.ts. `settle` makes of it what others will see. */
  putFreshImage(lease: Lease, parts: ImageParts): Promise<Image> {
    return putFreshImage(this.#context, lease, parts);
  }

  /**
   * Digest of the manifest or index that others see under this name, digest or image ID; a fresh image is packed first.
   * Undefined where there is none. `lease` holds it then. See fresh.ts.
   */
  settle(name: string | Reference, signal?: AbortSignal, lease?: Lease): Promise<Digest | undefined> {
    return settle(this.#context, name, signal, lease);
  }

  /** False where the name or digest stands for a fresh image, which `settle` is to pack. */
  isSettled(name: string | Reference): boolean {
    const digest = findManifest(this.#context, name);
    return digest === undefined || packingOf(this.#context, digest) === undefined;
  }

  /** Stores a foreign image's manifest, after its config and layer blobs; its layers are checked against their diffIDs. */
  putManifest(lease: Lease, rawManifest: Uint8Array): Promise<Image> {
    return putManifest(this.#context, lease, rawManifest);
  }

  /** Stores what another source holds, as it is, blobs first; untagged. See receive.ts. */
  putContent(lease: Lease, content: Content, signal?: AbortSignal): Promise<void> {
    return putContent(this.#context, lease, content, signal);
  }

  /** Stores an index of stored images, in this order, once they are settled; untagged. Throws NO_SUCH_IMAGE. */
  putIndex(
    lease: Lease,
    images: readonly { readonly digest: Digest; readonly platform: Platform }[],
    annotations?: StringMap,
    signal?: AbortSignal,
  ): Promise<StoredIndex> {
    return putIndex(this.#context, lease, images, annotations, signal);
  }

  /** Points a name at a stored image or index, in one step. Throws NO_SUCH_IMAGE. */
  tag(reference: Reference, manifestDigest: Digest): void {
    tagImage(this.#context, reference, manifestDigest);
  }

  /**
   * The image of that name, manifest digest or image ID (or the beginning of one); of an index that for `platform`, or
   * else the only one. Undefined where there is none.
   */
  image(name: string | Reference, platform: Platform = hostPlatform()): Image | undefined {
    const digest = findManifest(this.#context, name);
    if (digest === undefined) return undefined;
    const kind = kindOf(this.#context, digest);
    if (kind === "image") return loadImage(this.#context, digest);
    return kind === "index" ? imageFor(loadIndex(this.#context, digest), platform) : undefined;
  }

  /** The index of that name or digest; undefined where there is none, or an image. */
  index(name: string | Reference): StoredIndex | undefined {
    const digest = findManifest(this.#context, name);
    if (digest === undefined || kindOf(this.#context, digest) !== "index") return undefined;
    return loadIndex(this.#context, digest);
  }

  /** What is stored under that name or digest, whatever it is, as sinks take it; undefined where there is nothing. */
  content(name: string | Reference): Content | undefined {
    const digest = findManifest(this.#context, name);
    return digest === undefined ? undefined : storedContent(this.#context, digest);
  }

  /** True where the name or digest stands for something. */
  has(name: string | Reference): boolean {
    return findManifest(this.#context, name) !== undefined;
  }

  images(): readonly StoredImage[] {
    return listImages(this.#context);
  }

  /** Takes a name away; false where there is none. Space is freed by `prune`. */
  remove(reference: Reference): boolean {
    return removeImage(this.#context, reference);
  }

  /** Repositories of a registry where the blob was seen, the latest first. */
  origins(digest: Digest, host: string): readonly string[] {
    return originsOf(this.#context, digest, host);
  }

  /** Notes that a repository of a registry has these blobs. */
  rememberOrigins(digests: readonly Digest[], host: string, repository: string): void {
    rememberOrigins(this.#context, digests, host, repository);
  }

  /** Remembers a step's result; `keeps` are the blobs without which it is worth nothing. */
  rememberStep(key: string, value: JsonValue, keeps: readonly Digest[]): void {
    rememberStep(this.#context, key, value, keeps);
  }

  /** A step's result, or undefined. With a lease, the blobs that it needs are held. */
  recallStep(key: string, lease?: Lease): JsonValue | undefined {
    return recallStep(this.#context, key, lease);
  }

  /** Takes away what is remembered of a step. */
  forgetStep(key: string): void {
    forgetStep(this.#context, key);
  }

  /** `find`, or else `make`, by one builder at a time for each purpose, in whatever process; see once.ts. */
  onceAmongBuilders<T>(
    purpose: string,
    work: { find(): T | undefined; make(): Promise<T> },
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return onceAmongBuilders(this.#context, purpose, work, signal);
  }

  /** Does `work` while nobody else does any for the same purpose; see once.ts. */
  alone<T>(purpose: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return alone(this.#context, purpose, work, signal);
  }

  /** Does `work` for the first number for which nobody else does any; see once.ts. */
  withFreeNumber<T>(purpose: string, work: (number: number) => Promise<T>): Promise<T> {
    return withFreeNumber(this.#context, purpose, work);
  }

  /** Does `work`, which is short, unless somebody holds a lease whose purpose begins like this; false where somebody does. */
  whileUnused(prefix: string, work: () => void): boolean {
    return whileUnused(this.#context, prefix, work);
  }

  /** Where snapshots lie. */
  get snapshotsDirectory(): string {
    return snapshotsDirectory(this.#context);
  }

  /** The unpacked tree of this key, which the lease holds from then on; undefined where there is none. */
  findSnapshot(lease: Lease, key: string): Snapshot | undefined {
    return findSnapshot(this.#context, lease, key);
  }

  /** An unpacked tree that is yet to be made. */
  draftSnapshot(lease: Lease): SnapshotDraft {
    return draftSnapshot(this.#context, lease);
  }

  /** Removes unpacked trees that are nobody's, those of failed work among them; returns those that this user may not remove. */
  sweepSnapshots(): readonly string[] {
    forgetAbandonedDrafts(this.#context);
    return sweepSnapshots(this.#context);
  }

  /** Removes what no name and no live lease needs, all of it or down to limits. */
  prune(options: PruneOptions = {}): Promise<PruneReport> {
    return prune(this.#context, options);
  }

  /** Prunes down to the limits, at most once an hour; undefined, at once, where nothing was to be done. */
  collectCache(limits: CacheLimits): Promise<PruneReport | undefined> {
    return collectCache(this.#context, limits);
  }

  /** Re-hashes everything; the list is empty where all is well. */
  verify(): Promise<readonly StoreProblem[]> {
    return verifyStore(this.#context);
  }
}

function prepareDirectories(root: string): void {
  try {
    makeDirectories(root, 0o700);
    makeDirectories(blobDirectory(root));
    makeDirectories(temporaryRoot(root));
    makeDirectories(snapshotRoot(root));
  } catch (error) {
    throw fromSystemError(error, "creating", root);
  }
}
