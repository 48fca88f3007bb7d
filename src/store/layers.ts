import type { Descriptor } from "../image/descriptor.ts";
import type { Blob, Layer } from "../image/image.ts";
import { layerCompression, MediaType } from "../image/media-types.ts";
import { unpack } from "../image/unpack.ts";
import { verified } from "../image/verified.ts";
import { type Digest, Digester } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { type BlobInfo, blobOf, corrupt, findBlob, openBlob } from "./blobs.ts";
import { blobPath, type StoreContext } from "./context.ts";
import { Lease } from "./leases.ts";

/** Names the bytes that our gzip makes: level and the zlib that Node was built with (gzip/write.ts). */
const GZIP_LEVEL = 6;

/** No image has a layer of 64 GiB; what unpacks to more is an attack. */
const MAX_LAYER = 64 * 2 ** 30;

interface FormRow {
  readonly algorithm: string;
  readonly media_type: string;
  readonly digest: Digest;
  readonly size: number;
}

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
  { database }: StoreContext,
  { digest: diffID, size }: BlobInfo,
  descriptor: Descriptor,
): void {
  database.run("INSERT OR IGNORE INTO layers (diff_id, size) VALUES (?, ?)", diffID, size);
  if (descriptor.digest !== diffID) recordForm({ database }, diffID, descriptor.digest, descriptor);
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
  const query = "SELECT size FROM layers WHERE diff_id = ?";
  const size = context.database.get<{ size: number }>(query, diffID)?.size;
  if (size === undefined) return undefined;
  return {
    diffID,
    uncompressedSize: size,
    uncompressed: () => unpacked(context, { digest: diffID, size }),
    compressed: async () => {
      if (packed && layerCompression(packed.mediaType) !== "none") return blobOf(context, packed);
      return compressedForm(context, diffID);
    },
  };
}

/** How a manifest that is made here names a stored layer: uncompressed where it is kept so, else as it came. */
export function descriptorOfLayer(context: StoreContext, diffID: Digest): Descriptor {
  const plain = findBlob(context, diffID);
  if (plain !== undefined) return { mediaType: MediaType.ociLayer, digest: diffID, size: plain.size };
  const form = formsOf(context, diffID)[0];
  if (form === undefined) throw missingLayer(diffID);
  return { mediaType: form.media_type, digest: form.digest, size: form.size };
}

export function missingLayer(diffID: Digest): DistillError {
  return new DistillError("STORE_CORRUPT", `layer ${diffID} is not in the store`, {
    hint: "build or pull the image again",
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

async function* unpacked(context: StoreContext, layer: BlobInfo): AsyncGenerator<Uint8Array> {
  if (findBlob(context, layer.digest) !== undefined) {
    yield* openBlob(context, layer.digest);
    return;
  }
  const form = formsOf(context, layer.digest)[0];
  if (form === undefined) throw missingLayer(layer.digest);
  const compression = layerCompression(form.media_type) ?? "none";
  const path = blobPath(context.root, form.digest);
  const plain = unpack(openBlob(context, form.digest), compression, layer.size);
  yield* verified(plain, layer, (found) => corrupt(form.digest, path, `unpacks to ${found}`));
}

/** The layer as gzip: made at most once, by whoever asks first. */
function compressedForm(context: StoreContext, diffID: Digest): Promise<Blob> {
  const running = context.compressing.get(diffID);
  if (running !== undefined) return running;
  const started = findForm(context, diffID) ?? compress(context, diffID);
  const work = Promise.resolve(started).finally(() => context.compressing.delete(diffID));
  context.compressing.set(diffID, work);
  return work;
}

/** Our own gzip, or, where a layer is kept only as it came, that form. */
function findForm(context: StoreContext, diffID: Digest): Blob | undefined {
  const forms = formsOf(context, diffID);
  const own = forms.find(({ algorithm }) => algorithm === gzipAlgorithm());
  const form = own ?? (findBlob(context, diffID) === undefined ? forms[0] : undefined);
  if (form === undefined) return undefined;
  return blobOf(context, { mediaType: form.media_type, digest: form.digest, size: form.size });
}

async function compress(context: StoreContext, diffID: Digest): Promise<Blob> {
  const { gzip } = await import("../formats/gzip/write.ts");
  const lease = new Lease(context, `compress ${diffID}`);
  try {
    lease.hold(diffID);
    const { temporary, digest, size } = await lease.stage(gzip(openBlob(context, diffID), { level: GZIP_LEVEL }));
    const descriptor = { mediaType: MediaType.ociLayerGzip, digest, size };
    lease.publish([{ temporary, digest, size }], () => recordForm(context, diffID, gzipAlgorithm(), descriptor));
    return blobOf(context, descriptor);
  } finally {
    await lease.release();
  }
}

function gzipAlgorithm(): string {
  return `gzip-${GZIP_LEVEL}@${process.versions.zlib}`;
}

/** The packed forms whose blobs are there, in a fixed order. */
function formsOf(context: StoreContext, diffID: Digest): readonly FormRow[] {
  const query = "SELECT algorithm, media_type, digest, size FROM forms WHERE diff_id = ? ORDER BY algorithm";
  const rows = context.database.all<FormRow>(query, diffID);
  return rows.filter(({ digest }) => findBlob(context, digest) !== undefined);
}

function recordForm(
  { database }: Pick<StoreContext, "database">,
  diffID: Digest,
  algorithm: string,
  { mediaType, digest, size }: Descriptor,
): void {
  database.run(
    "INSERT OR REPLACE INTO forms (diff_id, algorithm, media_type, digest, size) VALUES (?, ?, ?, ?, ?)",
    ...[diffID, algorithm, mediaType, digest, size],
  );
}
