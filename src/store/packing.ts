import type { Blob } from "../image/image.ts";
import { MediaType } from "../image/media-types.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import type { Digest } from "../lib/digest.ts";
import { workerCount } from "../lib/workers/count.ts";
import { blobOf, findBlob, openBlob } from "./blobs.ts";
import type { StoreContext } from "./context.ts";
import { type Form, formsOf, recordForm } from "./forms.ts";
import { Lease } from "./leases.ts";

const GZIP_LEVEL = 6;

/** Names the bytes that our gzip makes: level and the zlib that Node was built with (gzip/write.ts). */
const GZIP = `gzip-${GZIP_LEVEL}@${process.versions.zlib}`;

/**
 * A layer packs on several threads by itself. More of them at a time gain little, and file reads of the rest of a build
 * would wait behind them in libuv's pool: measured on 2 CPUs, 10,000 reads a second beside one layer, 3,000 beside two.
 */
export const LAYERS_AT_A_TIME = 1;

/** Leaves one of the pool's four threads to others. */
const MOST_WORKERS = 3;

/**
 * A layer as it is sent to others: our own gzip, made at most once, by whoever asks first; for a layer that is kept
 * only as it came, that form. Throws STORE_CORRUPT where the layer is damaged or missing, CANCELLED where the store is
 * closed meanwhile.
 */
export async function packedLayer(context: StoreContext, diffID: Digest): Promise<Blob> {
  const form = findForm(context, diffID);
  if (form !== undefined) return blobOf(context, form.descriptor);
  return context.packing.do(diffID, (signal) => compress(context, diffID, signal));
}

function findForm(context: StoreContext, diffID: Digest): Form | undefined {
  const forms = formsOf(context, diffID);
  const own = forms.find(({ algorithm }) => algorithm === GZIP);
  return own ?? (findBlob(context, diffID) === undefined ? forms[0] : undefined);
}

async function compress(context: StoreContext, diffID: Digest, signal: AbortSignal): Promise<Blob> {
  const { gzip } = await import("../formats/gzip/write.ts");
  const lease = new Lease(context, `compress ${diffID}`);
  try {
    lease.hold(diffID);
    const plain = untilCancelled(openBlob(context, diffID), signal);
    const staged = await lease.stage(gzip(plain, { level: GZIP_LEVEL, workers: workerCount(MOST_WORKERS) }));
    const descriptor = { mediaType: MediaType.ociLayerGzip, digest: staged.digest, size: staged.size };
    lease.publish([staged], () => recordForm(context, diffID, { algorithm: GZIP, descriptor }));
    return blobOf(context, descriptor);
  } finally {
    await lease.release();
  }
}

async function* untilCancelled(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  throwIfCancelled(signal);
  for await (const chunk of source) {
    throwIfCancelled(signal);
    yield chunk;
  }
}
