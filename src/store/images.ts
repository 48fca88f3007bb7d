import { decodeConfig, type ImageConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { assembleImage, checkLayerCount, type Image, imageFrom, type Layer } from "../image/image.ts";
import type { StringMap } from "../image/json.ts";
import { decodeManifest, type Manifest } from "../image/manifest.ts";
import type { Packing } from "../image/packing.ts";
import { formatCanonical, parseReference, type Reference, repositoryName } from "../image/reference.ts";
import { orCancelled } from "../lib/cancel.ts";
import { mapLimited } from "../lib/concurrency.ts";
import { type Digest, digestOf, isDigest } from "../lib/digest.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import { readBlob, syncBlobNames } from "./blobs.ts";
import type { StoreContext } from "./context.ts";
import { findLayer, knowsPackedLayer, measureLayer, missingLayer, recordPackedLayer } from "./layers.ts";
import type { Lease } from "./leases.ts";
import { packingOf, recordManifestRow } from "./manifests.ts";

/** A name in the store. */
export interface StoredImage {
  /** Canonical: `docker.io/library/app:latest`. */
  readonly reference: string;
  /** Of the manifest, or of the index. */
  readonly manifestDigest: Digest;
  /** Undefined for an index. */
  readonly configDigest: Digest | undefined;
  /** False for a fresh image: what others will see has another manifest. */
  readonly settled: boolean;
  /** When the name was last set. */
  readonly createdAt: Date;
}

/** A stored layer by its diffID; with `packed`, in that form, which the store has, and not as it packs itself. */
export type LayerPart = Digest | { readonly diffID: Digest; readonly packed: Descriptor };

/** What an image is built of. Layers are stored layers, lowest first. */
export interface ImageParts {
  readonly config: Omit<ImageConfig, "rootfs">;
  readonly layers: readonly LayerPart[];
  readonly annotations?: StringMap | undefined;
}

/**
 * Builds an image of stored layers and stores its config and manifest. The manifest names layers packed as this
 * store packs where it keeps them uncompressed, and else the form in which they came, so its digest is the one that
 * others will see. The lease must hold the layers. Throws STORE_CORRUPT where a layer is damaged or missing, CANCELLED at once when
 * `signal` is aborted: what is being packed then ends with the store.
 */
export async function putImage(
  context: StoreContext,
  lease: Lease,
  parts: ImageParts,
  signal?: AbortSignal,
): Promise<Image> {
  const layers = parts.layers.map((part) => resolveLayer(context, part));
  const packed = await mapLimited(layers, layers.length, async ({ layer, packed }) => {
    const descriptor = packed ?? (await orCancelled(layer.compressed(), signal)).descriptor;
    return { layer, descriptor };
  });
  const image = assembleImage({ ...parts, layers: packed });
  const staged = await lease.stageMissing([image.rawConfig(), image.rawManifest()]);
  const row = { digest: image.manifestDigest, manifest: image.manifest(), config: image.config() };
  lease.publish(staged, () => recordImage(context, lease, row));
  return loadImage(context, image.manifestDigest);
}

/**
 * Stores the manifest of an image whose config and layer blobs are in the store already. Every layer that is new is
 * unpacked once and compared with its diffID. Throws STORE_CORRUPT where a blob is missing, DIGEST_MISMATCH where a
 * layer is not what the config says.
 */
export async function putManifest(context: StoreContext, lease: Lease, raw: Uint8Array): Promise<Image> {
  const manifest = decodeManifest(raw);
  const config = decodeConfig(readBlob(context, manifest.config.digest));
  checkLayerCount(manifest, config);
  for (const [index, diffID] of config.rootfs.diff_ids.entries()) {
    const packed = manifest.layers[index] as Manifest["layers"][number];
    if (knowsPackedLayer(context, diffID, packed.digest)) continue;
    const found = await measureLayer(context, packed);
    if (found.digest !== diffID) {
      throw new DistillError("DIGEST_MISMATCH", `layer ${packed.digest} unpacks to ${found.digest}, not to ${diffID}`);
    }
    context.database.transaction(() => recordPackedLayer(context, found, packed));
  }
  const staged = await lease.stageMissing([raw]);
  lease.publish(staged, () => recordImage(context, lease, { digest: digestOf(raw), manifest, config }));
  return loadImage(context, digestOf(raw));
}

/**
 * Points a name at a stored manifest, in one step: a reader sees the old image or the new one. A name that moved
 * survives a power cut, and with it the image; one that stays did so before.
 */
export function tagImage(context: StoreContext, reference: Reference, manifestDigest: Digest): void {
  const { database, root } = context;
  const name = formatCanonical(reference);
  const known = "SELECT 1 FROM images WHERE reference = ? AND manifest = ?";
  const durable = database.get(known, name, manifestDigest) === undefined;
  if (durable) syncBlobNames(root);
  const setName = (): void => {
    if (database.get("SELECT 1 FROM manifests WHERE digest = ?", manifestDigest) === undefined) {
      throw new DistillError("NO_SUCH_IMAGE", `the store has no image ${manifestDigest}`);
    }
    database.run(
      "INSERT OR REPLACE INTO images (reference, manifest, created_at) VALUES (?, ?, ?)",
      ...[name, manifestDigest, Date.now()],
    );
  };
  database.transaction(setName, { durable });
}

/**
 * The digest of the manifest or index of that name, or with a digest or image ID that begins like that; undefined where
 * the store has none. Throws USAGE where a digest's beginning fits several images or `name` is not a name at all.
 */
export function findManifest(context: StoreContext, name: string | Reference): Digest | undefined {
  return manifestNamed(context, name) ?? manifestBeginning(context, name);
}

/** Every name, in order. */
export function listImages({ database }: StoreContext): readonly StoredImage[] {
  interface Row {
    readonly reference: string;
    readonly manifest: Digest;
    readonly config: Digest | "";
    readonly packing: string | null;
    readonly created_at: number;
  }
  const rows = database.all<Row>(
    `SELECT reference, manifest, config, packing, created_at FROM images JOIN manifests ON manifest = digest
      ORDER BY reference`,
  );
  return rows.map(({ reference, manifest, config, packing, created_at }) => ({
    reference,
    manifestDigest: manifest,
    configDigest: config || undefined,
    settled: packing === null,
    createdAt: new Date(created_at),
  }));
}

/** Takes a name away; false where there is none. Its blobs stay until prune. */
export function removeImage({ database }: StoreContext, reference: Reference): boolean {
  const remove = () => database.run("DELETE FROM images WHERE reference = ?", formatCanonical(reference)) > 0;
  return database.transaction(remove, { durable: true });
}

/** The stored image with this manifest; STORE_CORRUPT where something of it is missing. */
export function loadImage(context: StoreContext, manifestDigest: Digest): Image {
  const rawManifest = readBlob(context, manifestDigest);
  const manifest = decodeManifest(rawManifest);
  const rawConfig = readBlob(context, manifest.config.digest);
  const { rootfs } = decodeConfig(rawConfig);
  const layers = rootfs.diff_ids.map((id, index) => requireLayer(findLayer(context, id, manifest.layers[index]), id));
  const settled = packingOf(context, manifestDigest) === undefined;
  return { ...imageFrom(rawManifest, rawConfig, layers), settled };
}

/** The layer, and the form in which a manifest is to name it where that is settled. Throws STORE_CORRUPT. */
export function resolveLayer(
  context: StoreContext,
  part: LayerPart,
): { readonly layer: Layer; readonly packed: Descriptor | undefined } {
  if (typeof part === "string") return { layer: requireLayer(findLayer(context, part), part), packed: undefined };
  const { diffID, packed } = part;
  if (!knowsPackedLayer(context, diffID, packed.digest)) throw missingLayer(packed.digest);
  return { layer: requireLayer(findLayer(context, diffID, packed), diffID), packed };
}

/** Inside a transaction: rows for an image whose blobs are all there, protected by the lease. */
export function recordImage(
  context: StoreContext,
  lease: Lease,
  image: {
    readonly digest: Digest;
    readonly manifest: Manifest;
    readonly config: ImageConfig;
    /** Of a fresh image. */
    readonly packing?: Packing;
  },
): void {
  const { digest, manifest, config, packing } = image;
  const required = [manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)];
  const row = { digest, config: manifest.config.digest, required, layers: config.rootfs.diff_ids };
  recordManifestRow(context, lease, { ...row, kind: "image", ...(packing && { packing }) });
}

function manifestNamed({ database }: StoreContext, name: string | Reference): Digest | undefined {
  const reference = typeof name === "string" ? tryParse(name) : name;
  if (reference === undefined) return undefined;
  const exact = database.get<{ manifest: Digest }>(
    "SELECT manifest FROM images WHERE reference = ?",
    formatCanonical(reference),
  );
  if (exact !== undefined || reference.digest === undefined) return exact?.manifest;
  // NAME@DIGEST finds an image that was stored under any tag of that name.
  const prefix = `${repositoryName(reference)}:`;
  return database.get<{ manifest: Digest }>(
    "SELECT manifest FROM images WHERE manifest = ? AND substr(reference, 1, ?) = ?",
    ...[reference.digest, prefix.length, prefix],
  )?.manifest;
}

function manifestBeginning({ database }: StoreContext, name: string | Reference): Digest | undefined {
  if (typeof name !== "string" || !/^(sha256:[0-9a-f]{1,64}|[0-9a-f]{4,64})$/.test(name)) {
    // A string that is neither: parse it again, for the error.
    if (typeof name === "string") parseReference(name);
    return undefined;
  }
  const start = name.startsWith("sha256:") ? name : `sha256:${name}`;
  const byManifest = "SELECT digest FROM manifests WHERE substr(digest, 1, ?1) = ?2";
  // Of one image, what others see before what is fresh; "0sha256:..." sorts before "1sha256:...".
  const byConfig = `SELECT substr(min((packing IS NOT NULL) || digest), 2) AS digest FROM manifests
    WHERE kind = 'image' AND substr(config, 1, ?1) = ?2 GROUP BY config`;
  const found = database.all<{ digest: Digest }>(`${byManifest} UNION ${byConfig}`, start.length, start);
  if (found.length > 1) {
    throw new DistillError("USAGE", `${name} could be any of ${found.length} images`, { hint: "give more digits" });
  }
  return found[0]?.digest;
}

function tryParse(name: string): Reference | undefined {
  if (isDigest(name)) return undefined;
  try {
    return parseReference(name);
  } catch (error) {
    if (isDistillError(error, "USAGE")) return undefined;
    throw error;
  }
}

function requireLayer(layer: Layer | undefined, diffID: Digest): Layer {
  if (layer === undefined) throw missingLayer(diffID);
  return layer;
}
