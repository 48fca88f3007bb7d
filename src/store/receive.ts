import type { Content, ManifestContent } from "../image/content.ts";
import { isImage, refuseLargeConfig } from "../image/content.ts";
import { layerCompression } from "../image/media-types.ts";
import { walkContent } from "../image/select.ts";
import { mapLimited } from "../lib/concurrency.ts";
import { DistillError } from "../lib/errors.ts";
import type { StoreContext } from "./context.ts";
import { putManifest } from "./images.ts";
import { putArtifact, putRawIndex } from "./indexes.ts";
import { learnLayer } from "./layers.ts";
import type { Lease } from "./leases.ts";

const BLOBS_AT_A_TIME = 3;

/**
 * Stores an image, or an index with all that it names, as it came: blobs that the store has are not read again, raw
 * manifests keep their digests, and each new layer is unpacked once, in memory, to compare it with its diffID. What is
 * stored is untagged and held by the lease. Throws DIGEST_MISMATCH, UNSUPPORTED for foreign layers that did not come
 * with the image, CANCELLED.
 */
export async function putContent(
  context: StoreContext,
  lease: Lease,
  content: Content,
  signal?: AbortSignal,
): Promise<void> {
  for await (const each of walkContent(content)) {
    if (each.kind === "index") {
      await putRawIndex(context, lease, each.raw);
      continue;
    }
    refuseMissing(each);
    if (isImage(each.manifest)) refuseLargeConfig(each.manifest);
    const { manifest } = each;
    await mapLimited(each.blobs, BLOBS_AT_A_TIME, async (blob) => {
      await lease.receiveBlob(blob, signal);
      // Now, while others are still on their way, and not when all are there.
      if (isImage(manifest)) await learnLayer(context, blob.descriptor);
    });
    const unpackable = manifest.layers.every(({ mediaType }) => layerCompression(mediaType) !== undefined);
    if (isImage(manifest) && unpackable) await putManifest(context, lease, each.raw);
    else await putArtifact(context, lease, each.raw);
  }
}

function refuseMissing({ manifest, blobs }: ManifestContent): void {
  const held = new Set(blobs.map(({ descriptor }) => descriptor.digest));
  const missing = manifest.layers.find(({ digest }) => !held.has(digest));
  if (missing === undefined) return;
  throw new DistillError("UNSUPPORTED", `layer ${missing.digest} did not come with the image: it lies elsewhere`, {
    hint: "the store keeps whole images; copy this one to an OCI layout or archive",
  });
}
