import type { Content } from "../image/content.ts";
import type { Image } from "../image/image.ts";
import { encodeManifest } from "../image/manifest.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { asTask, type Progress } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";

interface PackOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/**
 * What the store has of a name, digest or image ID, as it is sent to others: a fresh image is packed first, and its names
 * move along (Store.settle). Undefined where there is nothing; `lease` holds it.
 */
export async function packedContent(
  store: Store,
  name: string,
  options: PackOptions,
  lease?: Lease,
): Promise<Content | undefined> {
  if (store.isSettled(name)) return store.content(name);
  const digest = await settle(store, name, options, lease);
  return digest === undefined ? undefined : store.content(digest);
}

/** A stored image as it is sent to others; see packedContent. */
export async function packedImage(store: Store, image: Image, options: PackOptions, lease: Lease): Promise<Image> {
  if (image.settled) return image;
  const digest = await settle(store, image.manifestDigest, options, lease);
  const packed = digest && store.image(digest);
  if (packed === undefined) {
    throw new DistillError("NO_SUCH_IMAGE", `the image ${image.configDigest} was removed from the store meanwhile`);
  }
  return packed;
}

/** A fresh image as it would be if its layers were meant to be sent unpacked; everything else as it is. */
export function unpackedForm(content: Content): Content {
  if (content.kind === "index") return content;
  const layers = content.manifest.layers.map(({ annotations: _, ...descriptor }) => descriptor);
  const manifest = { ...content.manifest, layers };
  const raw = encodeManifest(manifest);
  const { mediaType } = content.descriptor;
  return { ...content, raw, manifest, descriptor: { mediaType, digest: digestOf(raw), size: raw.length } };
}

function settle(
  store: Store,
  name: string,
  { progress, signal }: PackOptions,
  lease: Lease | undefined,
): Promise<Digest | undefined> {
  return asTask(progress, "Packing layers", () => store.settle(name, signal, lease));
}
