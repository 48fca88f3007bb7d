import { decodeConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { assembleImage, type Image } from "../image/image.ts";
import { decodeManifest, encodeManifest, type Manifest } from "../image/manifest.ts";
import { formatPacking, type Packing } from "../image/packing.ts";
import type { Reference } from "../image/reference.ts";
import { orCancelled } from "../lib/cancel.ts";
import { mapLimited } from "../lib/concurrency.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { corrupt, readBlob, syncBlobNames } from "./blobs.ts";
import { blobPath, type StoreContext } from "./context.ts";
import { isOwnForm } from "./forms.ts";
import {
  findManifest,
  type ImageParts,
  type LayerPart,
  loadImage,
  putImage,
  recordImage,
  resolveLayer,
} from "./images.ts";
import { Lease } from "./leases.ts";
import { kindOf, packingOf } from "./manifests.ts";
import { packedLayer, plain, readyLayer } from "./packing.ts";

/**
 * Stands at each layer of a fresh manifest that is yet to be packed, and says how. So the bytes of a fresh manifest are
 * never those of another one, in particular not of one whose layers are meant to be sent as they are.
 */
const TO_PACK = "distill.pack";

/**
 * Builds an image of stored layers as `putImage` does, without packing any: its manifest is the store's own until
 * `settle` makes the one that others will see. Where nothing is left to be packed, it is that one at once. The lease
 * must hold the layers. Throws STORE_CORRUPT where a layer is missing.
 */
export async function putFreshImage(context: StoreContext, lease: Lease, parts: ImageParts): Promise<Image> {
  const { packing } = context;
  const layers = parts.layers.map((part) => resolveLayer(context, part));
  const isReady = ({ layer, packed }: (typeof layers)[number]): boolean =>
    (packed ?? readyLayer(context, layer.diffID, packing)) !== undefined;
  if (layers.every(isReady)) return putImage(context, lease, parts);
  // Ready layers among others are named plain too: one image has one fresh manifest, whatever is packed already.
  const named = layers.map(({ layer: { diffID, plainFile }, packed }) => {
    const asItCame = packed ?? (plainFile === undefined ? readyLayer(context, diffID, packing) : undefined);
    return { descriptor: asItCame ?? plain(context, diffID), isFresh: asItCame === undefined };
  });
  const packedParts = layers.map(({ layer }, index) => ({ layer, ...(named[index] as (typeof named)[number]) }));
  const image = assembleImage({ ...parts, layers: packedParts });
  const mark = (descriptor: Descriptor, index: number): Descriptor =>
    named[index]?.isFresh ? { ...descriptor, annotations: { [TO_PACK]: formatPacking(packing) } } : descriptor;
  const manifest: Manifest = { ...image.manifest(), layers: image.manifest().layers.map(mark) };
  const raw = encodeManifest(manifest);
  const digest = digestOf(raw);
  const staged = await lease.stageMissing([image.rawConfig(), raw]);
  lease.publish(staged, () => recordImage(context, lease, { digest, manifest, config: image.config(), packing }));
  return loadImage(context, digest);
}

/**
 * The digest of what a name, digest or image ID stands for, as others will see it: of a fresh image the layers are
 * packed first, and every name that stood for it stands for the manifest that names those then; one that was given to
 * another image meanwhile is let be. Undefined where the store has nothing of that name. `lease` holds the result. May
 * be interrupted at any point, and several may be at it. Throws STORE_CORRUPT where a layer is damaged or missing, and
 * CANCELLED.
 */
export async function settle(
  context: StoreContext,
  name: string | Reference,
  signal?: AbortSignal,
  lease?: Lease,
): Promise<Digest | undefined> {
  for (;;) {
    const digest = findManifest(context, name);
    if (digest === undefined) return undefined;
    const packing = packingOf(context, digest);
    const settled = packing === undefined ? digest : await settleManifest(context, digest, packing, signal, lease);
    if (settled !== undefined && (lease === undefined || lease.hold(settled))) return settled;
    // A prune was faster, and the name stands for something else or nothing; else its file was lost.
    if (kindOf(context, digest) !== undefined)
      throw corrupt(digest, blobPath(context.root, digest), "has lost its file");
  }
}

/** The layers of a stored image as an image that is built on it names them: as they came, or as this store packs. */
export function baseLayers(context: StoreContext, image: Image): readonly LayerPart[] {
  const { layers } = image.manifest();
  return image.layers.map(({ diffID }, index): LayerPart => {
    const packed = layers[index] as Descriptor;
    const isOurs = isToPack(packed) || isOwnForm(context, diffID, packed.digest);
    return isOurs ? diffID : { diffID, packed };
  });
}

/** Undefined where the fresh manifest is gone. */
async function settleManifest(
  context: StoreContext,
  fresh: Digest,
  packing: Packing,
  signal: AbortSignal | undefined,
  keepIn: Lease | undefined,
): Promise<Digest | undefined> {
  await using lease = new Lease(context, `settle ${fresh}`);
  if (!lease.hold(fresh)) return undefined;
  const named = decodeManifest(readBlob(context, fresh));
  const layers = await mapLimited(named.layers, named.layers.length, async (layer) => {
    if (!isToPack(layer)) return layer;
    return (await orCancelled(packedLayer(context, layer.digest, packing), signal)).descriptor;
  });
  const manifest: Manifest = { ...named, layers };
  const config = decodeConfig(readBlob(context, named.config.digest));
  const raw = encodeManifest(manifest);
  const digest = digestOf(raw);
  const staged = await lease.stageMissing([raw]);
  lease.publish(staged, () => recordImage(context, lease, { digest, manifest, config }));
  keepIn?.hold(digest);
  moveNames(context, fresh, digest);
  return digest;
}

/**
 * In one step. A power cut may take it back, and the names stand for the fresh image then; but it must not leave them
 * with blobs that have no name.
 */
function moveNames({ root, database }: StoreContext, from: Digest, to: Digest): void {
  syncBlobNames(root);
  database.transaction(() => database.run("UPDATE images SET manifest = ? WHERE manifest = ?", to, from));
}

function isToPack({ annotations }: Descriptor): boolean {
  return annotations?.[TO_PACK] !== undefined;
}
