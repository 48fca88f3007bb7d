import { platformOf } from "../image/config.ts";
import { type Content, type ContentReader, contentFrom, type IndexContent, imageContent } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Image } from "../image/image.ts";
import type { StringMap } from "../image/json.ts";
import { decodeIndex, decodeManifest, encodeIndex, type Index } from "../image/manifest.ts";
import { MediaType } from "../image/media-types.ts";
import { type Platform, samePlatform } from "../image/platform.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { findBlob, openBlob, readBlob } from "./blobs.ts";
import type { StoreContext } from "./context.ts";
import { settle } from "./fresh.ts";
import { loadImage } from "./images.ts";
import type { Lease } from "./leases.ts";
import { kindOf, type ManifestKind, recordManifestRow } from "./manifests.ts";

/** An image of an index of the store. */
export interface IndexedImage {
  readonly platform: Platform;
  readonly image: Image;
}

/** A stored index: one name for the same image on several platforms. */
export interface StoredIndex {
  readonly digest: Digest;
  readonly images: readonly IndexedImage[];
}

/** An index inside an index is as deep as it goes. */
const MAX_DEPTH = 4;

/**
 * Stores an index of stored images, in this order; fresh ones are settled first. Throws NO_SUCH_IMAGE where the store
 * lacks one of them; the lease holds them all from then on.
 */
export async function putIndex(
  context: StoreContext,
  lease: Lease,
  images: readonly { readonly digest: Digest; readonly platform: Platform }[],
  annotations?: StringMap,
  signal?: AbortSignal,
): Promise<StoredIndex> {
  const manifests: Descriptor[] = [];
  for (const { digest: given, platform } of images) {
    const digest = kindOf(context, given) === "image" ? await settle(context, given, signal, lease) : undefined;
    if (digest === undefined) throw new DistillError("NO_SUCH_IMAGE", `the store has no image ${given}`);
    const raw = readBlob(context, digest);
    manifests.push({ mediaType: decodeManifest(raw).mediaType, digest, size: raw.length, platform });
  }
  const index: Index = { mediaType: MediaType.ociIndex, manifests, ...(annotations && { annotations }) };
  return putRawIndex(context, lease, encodeIndex(index));
}

/** Stores a foreign index, byte for byte, after all that it names. Throws STORE_CORRUPT where something of that is missing. */
export async function putRawIndex(context: StoreContext, lease: Lease, raw: Uint8Array): Promise<StoredIndex> {
  const { manifests } = decodeIndex(raw);
  const digest = digestOf(raw);
  const staged = await lease.stageMissing([raw]);
  lease.publish(staged, () => {
    const missing = manifests.find((entry) => kindOf(context, entry.digest) === undefined);
    if (missing !== undefined) {
      throw new DistillError("STORE_CORRUPT", `index ${digest} needs ${missing.digest}, which is missing`);
    }
    const children = manifests.map((entry) => entry.digest);
    recordManifestRow(context, lease, { digest, kind: "index", config: "", required: children });
  });
  return loadIndex(context, digest);
}

/** Stores a manifest that is of no image (an attestation, a signature), after its blobs; nothing is unpacked. */
export async function putArtifact(context: StoreContext, lease: Lease, raw: Uint8Array): Promise<void> {
  const manifest = decodeManifest(raw);
  const [digest, config] = [digestOf(raw), manifest.config.digest];
  const staged = await lease.stageMissing([raw]);
  lease.publish(staged, () => {
    const required = [config, ...manifest.layers.map((layer) => layer.digest)];
    recordManifestRow(context, lease, { digest, kind: "artifact", config, required });
  });
}

/** A stored index; its images are those of indexes inside it too, artifacts are left out. */
export function loadIndex(context: StoreContext, digest: Digest): StoredIndex {
  const images: IndexedImage[] = [];
  const seen = new Set<Digest>();
  const visit = (at: Digest, depth: number): void => {
    for (const entry of decodeIndex(readBlob(context, at)).manifests) {
      if (seen.has(entry.digest) || depth > MAX_DEPTH) continue;
      seen.add(entry.digest);
      const kind = kindOf(context, entry.digest);
      if (kind === "index") visit(entry.digest, depth + 1);
      if (kind !== "image") continue;
      const image = loadImage(context, entry.digest);
      images.push({ platform: entry.platform ?? platformOf(image.config()), image });
    }
  };
  visit(digest, 1);
  return { digest, images };
}

/** The image of an index for a platform, or the only one that it has. */
export function imageFor({ images }: StoredIndex, platform: Platform): Image | undefined {
  const exact = images.find((each) => samePlatform(each.platform, platform));
  return (exact ?? (images.length === 1 ? images[0] : undefined))?.image;
}

/** What is stored under this digest, as sinks take it. */
export function storedContent(context: StoreContext, digest: Digest, kind = kindOf(context, digest)): Content {
  if (kind === undefined) throw new DistillError("NO_SUCH_IMAGE", `the store has no image ${digest}`);
  if (kind === "image") return imageContent(loadImage(context, digest));
  const raw = readBlob(context, digest);
  const content = contentFrom(readerOf(context), raw, descriptorOf(digest, raw, kind));
  if (content.kind === "manifest") return content;
  const child: IndexContent["child"] = async (entry) => storedContent(context, entry.digest);
  return { ...content, child };
}

function descriptorOf(digest: Digest, raw: Uint8Array, kind: ManifestKind): Descriptor {
  return { mediaType: kind === "index" ? MediaType.ociIndex : MediaType.ociManifest, digest, size: raw.length };
}

function readerOf(context: StoreContext): ContentReader {
  const open: ContentReader["open"] = ({ digest }) =>
    findBlob(context, digest) === undefined ? undefined : () => openBlob(context, digest);
  return { what: "the store", open };
}
