import type { Descriptor } from "../image/descriptor.ts";
import type { Layer } from "../image/image.ts";
import { layerCompression } from "../image/media-types.ts";
import { unpack } from "../image/unpack.ts";
import { verified } from "../image/verified.ts";
import { orCancelled, throwIfCancelled, untilCancelled } from "../lib/cancel.ts";
import { type Digest, Digester } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { type BlobInfo, blobOf, corrupt, findBlob, openBlob } from "./blobs.ts";
import { blobPath, type StoreContext } from "./context.ts";
import { formsOf, recordForm } from "./forms.ts";
import { Lease } from "./leases.ts";
import { packedLayer } from "./packing.ts";

/** No image has a layer of 64 GiB; what unpacks to more is an attack. */
const MAX_LAYER = 64 * 2 ** 30;

/** Stores a tar stream as a layer, uncompressed; its digest is the layer's diffID. */
export async function writeLayer(
  { database }: StoreContext,
  lease: Lease,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly diffID: Digest; readonly size: number }> {
  const staged = await lease.stage(source);
  lease.publish([staged], () => {
    database.run("INSERT OR IGNORE INTO layers (diff_id, size) VALUES (?, ?)", staged.digest, staged.size);
  });
  return { diffID: staged.digest, size: staged.size };
}

/** Remembers that the stored blob of `descriptor` unpacks to the layer `diffID`; inside a transaction. */
export function recordPackedLayer(
  context: StoreContext,
  { digest: diffID, size }: BlobInfo,
  descriptor: Descriptor,
): void {
  context.database.run("INSERT OR IGNORE INTO layers (diff_id, size) VALUES (?, ?)", diffID, size);
  if (descriptor.digest !== diffID) recordForm(context, diffID, { algorithm: descriptor.digest, descriptor });
}

/** True where this packed form of the layer has been verified before. */
export function knowsPackedLayer({ database }: StoreContext, diffID: Digest, packed: Digest): boolean {
  const table = packed === diffID ? "layers" : "forms";
  const column = packed === diffID ? "diff_id" : "digest";
  return database.get(`SELECT 1 FROM ${table} WHERE diff_id = ? AND ${column} = ?`, diffID, packed) !== undefined;
}

/**
 * A stored layer, or undefined. `packed` is the form in which a manifest names it: that is its compressed form then,
 * unless it is no compression at all.
 */
export function findLayer(context: StoreContext, diffID: Digest, packed?: Descriptor): Layer | undefined {
  const size = sizeOf(context, diffID);
  if (size === undefined) return undefined;
  return {
    diffID,
    uncompressedSize: size,
    uncompressed: () => unpacked(context, { digest: diffID, size }),
    plainFile: findBlob(context, diffID) && blobPath(context.root, diffID),
    compressed: async () => {
      if (packed && layerCompression(packed.mediaType) !== "none") return blobOf(context, packed);
      return packedLayer(context, diffID);
    },
  };
}

/**
 * Path of a file that holds the layer as a plain tar, for positioned reads. Where the store keeps it only packed, it is
 * unpacked first, verified, once however many ask. The lease holds the file from then on. Throws STORE_CORRUPT where the
 * layer is damaged or missing, DISK_FULL, and CANCELLED at once: what is being unpacked then ends with the store.
 */
export async function plainLayer(
  context: StoreContext,
  lease: Lease,
  diffID: Digest,
  signal?: AbortSignal,
): Promise<string> {
  // Again where a prune was faster than this lease.
  while (!lease.hold(diffID)) {
    throwIfCancelled(signal);
    const work = context.unpackingWork.do(diffID, (closing) => unpackLayer(context, diffID, closing));
    await orCancelled(work, signal);
  }
  return blobPath(context.root, diffID);
}

async function unpackLayer(context: StoreContext, diffID: Digest, signal: AbortSignal): Promise<void> {
  await using lease = new Lease(context, `unpack ${diffID}`);
  const size = sizeOf(context, diffID);
  if (size === undefined) throw missingLayer(diffID);
  const layer = { digest: diffID, size };
  lease.publish([await lease.stage(untilCancelled(unpacked(context, layer), signal), layer)]);
}

export function missingLayer(diffID: Digest): DistillError {
  return new DistillError("STORE_CORRUPT", `layer ${diffID} is not in the store`, {
    hint: "build the image again",
  });
}

/** Digest and size of what a stored, packed layer unpacks to. */
export async function measureLayer(context: StoreContext, packed: Descriptor): Promise<BlobInfo> {
  const compression = layerCompression(packed.mediaType);
  if (compression === undefined) {
    throw new DistillError("UNSUPPORTED", `layer ${packed.digest} has media type ${packed.mediaType}`);
  }
  const digester = new Digester();
  for await (const chunk of unpack(openBlob(context, packed.digest), compression, MAX_LAYER)) digester.update(chunk);
  return { digest: digester.digest(), size: digester.size };
}

/**
 * Unpacks a packed layer that is new and remembers what it unpacks to, for whoever names it next. Blobs that are no layers
 * are let be.
 */
export async function learnLayer(context: StoreContext, packed: Descriptor): Promise<void> {
  if (layerCompression(packed.mediaType) === undefined || isKnown(context, packed.digest)) return;
  const found = await measureLayer(context, packed);
  context.database.transaction(() => recordPackedLayer(context, found, packed));
}

function sizeOf({ database }: StoreContext, diffID: Digest): number | undefined {
  return database.get<{ size: number }>("SELECT size FROM layers WHERE diff_id = ?", diffID)?.size;
}

function isKnown({ database }: StoreContext, packed: Digest): boolean {
  return (
    database.get("SELECT 1 FROM forms WHERE digest = ?", packed) !== undefined ||
    database.get("SELECT 1 FROM layers WHERE diff_id = ?", packed) !== undefined
  );
}

async function* unpacked(context: StoreContext, layer: BlobInfo): AsyncGenerator<Uint8Array> {
  if (findBlob(context, layer.digest) !== undefined) {
    yield* openBlob(context, layer.digest);
    return;
  }
  const packed = formsOf(context, layer.digest)[0]?.descriptor;
  if (packed === undefined) throw missingLayer(layer.digest);
  const compression = layerCompression(packed.mediaType) ?? "none";
  const path = blobPath(context.root, packed.digest);
  const plain = unpack(openBlob(context, packed.digest), compression, layer.size);
  yield* verified(plain, layer, (found) => corrupt(packed.digest, path, `unpacks to ${found}`));
}
