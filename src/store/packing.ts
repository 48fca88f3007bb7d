import { setTimeout as sleep } from "node:timers/promises";
import type { Descriptor } from "../image/descriptor.ts";
import type { Blob } from "../image/image.ts";
import { MediaType } from "../image/media-types.ts";
import type { Packing } from "../image/packing.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import type { Digest } from "../lib/digest.ts";
import { workerCount } from "../lib/workers/count.ts";
import { blobOf, findBlob, openBlob } from "./blobs.ts";
import type { StoreContext } from "./context.ts";
import { type Form, formsOf, recordForm } from "./forms.ts";
import { isLaterThanAnother, Lease } from "./leases.ts";

/** A packing that changes the bytes. */
type Compressing = Exclude<Packing, { readonly algorithm: "none" }>;

/**
 * A layer packs on several threads by itself. More of them at a time gain little, and file reads of the rest of a build
 * would wait behind them in libuv's pool: measured on 2 CPUs, 10,000 reads a second beside one layer, 3,000 beside two.
 */
export const LAYERS_AT_A_TIME = 1;

/** Milliseconds between two looks at whether another process is done. */
const PAUSE = 20;

/** Milliseconds after which one that does not get done is not waited for any longer. */
const PATIENCE = 60_000;

/** Leaves one of the pool's four threads to others. */
const MOST_WORKERS = 3;

/**
 * A layer as it is sent to others: packed by us, as this store packs (Store.open) unless `packing` says otherwise, made at
 * most once, by whoever asks first; for a layer that is kept only as it came, that form. Throws STORE_CORRUPT where the
 * layer is damaged or missing, CANCELLED where the store is closed meanwhile.
 */
export async function packedLayer(
  context: StoreContext,
  diffID: Digest,
  packing: Packing = context.packing,
): Promise<Blob> {
  const ready = readyLayer(context, diffID, packing);
  if (ready !== undefined) return blobOf(context, ready);
  if (packing.algorithm === "none") throw new Error("what is not to be packed is ready");
  return context.packingWork.do(`${diffID} ${formName(packing)}`, (signal) =>
    compress(context, diffID, packing, signal),
  );
}

/** The layer as it is sent to others, where nothing has to be packed for that. */
export function readyLayer(context: StoreContext, diffID: Digest, packing: Packing): Descriptor | undefined {
  return (
    findForm(context, diffID, packing)?.descriptor ??
    (packing.algorithm === "none" ? plain(context, diffID) : undefined)
  );
}

/** Names the bytes that we make: algorithm, level, and the library that Node was built with (gzip/write, zstd/write). */
function formName({ algorithm, level }: Compressing): string {
  const { zlib, zstd } = process.versions;
  return `${algorithm}-${level}@${algorithm === "gzip" ? zlib : zstd}`;
}

function findForm(context: StoreContext, diffID: Digest, packing: Packing): Form | undefined {
  const forms = formsOf(context, diffID);
  const own = packing.algorithm === "none" ? undefined : forms.find(({ algorithm }) => algorithm === formName(packing));
  return own ?? (findBlob(context, diffID) === undefined ? forms[0] : undefined);
}

/** The layer as a plain tar. */
export function plain(context: StoreContext, diffID: Digest): Descriptor {
  return { mediaType: MediaType.ociLayer, digest: diffID, size: findBlob(context, diffID)?.size ?? 0 };
}

async function compress(
  context: StoreContext,
  diffID: Digest,
  packing: Compressing,
  signal: AbortSignal,
): Promise<Blob> {
  const lease = new Lease(context, `compress ${diffID} ${formName(packing)}`);
  try {
    lease.hold(diffID);
    // Another process may be at it: two builds on one base begin with the same layers.
    for (const end = Date.now() + PATIENCE; isLaterThanAnother(context, lease) && Date.now() < end; ) {
      throwIfCancelled(signal);
      await sleep(PAUSE);
    }
    const made = findForm(context, diffID, packing);
    if (made !== undefined) return blobOf(context, made.descriptor);
    const tar = untilCancelled(openBlob(context, diffID), signal);
    const staged = await lease.stage(await compressor(packing, tar));
    const mediaType = packing.algorithm === "gzip" ? MediaType.ociLayerGzip : MediaType.ociLayerZstd;
    const descriptor = { mediaType, digest: staged.digest, size: staged.size };
    lease.publish([staged], () => recordForm(context, diffID, { algorithm: formName(packing), descriptor }));
    return blobOf(context, descriptor);
  } finally {
    await lease.release();
  }
}

async function compressor(
  { algorithm, level }: Compressing,
  tar: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const options = { level, workers: workerCount(MOST_WORKERS) };
  if (algorithm === "gzip") return (await import("../formats/gzip/write.ts")).gzip(tar, options);
  return (await import("../formats/zstd/write.ts")).zstd(tar, options);
}

async function* untilCancelled(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  throwIfCancelled(signal);
  for await (const chunk of source) {
    throwIfCancelled(signal);
    yield chunk;
  }
}
