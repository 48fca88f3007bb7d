import { type Digest, digestOf } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { decodeConfig, encodeConfig, type ImageConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import type { StringMap } from "./json.ts";
import { decodeManifest, encodeManifest, type Manifest } from "./manifest.ts";
import { layerCompression, MediaType, ociLayerType } from "./media-types.ts";

/** Bytes that a descriptor names. `open` may be called more than once; its stream ends in an error unless it is those. */
export interface Blob {
  readonly descriptor: Descriptor;
  open(): AsyncIterable<Uint8Array>;
  /** The bytes behind the first `offset`, from a source where beginning anew would cost; not verified. */
  openFrom?(offset: number): AsyncIterable<Uint8Array>;
}

/** One layer: a tar stream, whatever it is packed in. */
export interface Layer {
  /** Digest of the uncompressed tar. */
  readonly diffID: Digest;
  /** Bytes of the uncompressed tar. */
  readonly uncompressedSize: number;
  /** The tar; ends in an error where its bytes are not what `diffID` says. */
  uncompressed(): AsyncIterable<Uint8Array>;
  /** A file that holds the tar, for positioned reads; its bytes are not verified. Absent where there is none. */
  readonly plainFile?: string | undefined;
  /** The packed form that is sent to others: the one that the layer came in, else a gzip made on the first call. */
  compressed(): Promise<Blob>;
}

/** An image for one platform. It never says where it came from; its raw bytes are kept, so digests never drift. */
export interface Image {
  readonly manifestDigest: Digest;
  /** What docker calls the image ID: it does not depend on how layers are packed. */
  readonly configDigest: Digest;
  readonly mediaType: string;
  /** Lowest first; as many as the manifest and the config list. */
  readonly layers: readonly Layer[];
  /** False for a fresh image of the store: its manifest names layers that are yet to be packed, and nobody else sees it. */
  readonly settled: boolean;
  rawManifest(): Uint8Array;
  rawConfig(): Uint8Array;
  manifest(): Manifest;
  config(): ImageConfig;
}

/** A layer as a manifest is to name it: packed as in `descriptor`. */
export interface PackedLayer {
  readonly layer: Layer;
  readonly descriptor: Descriptor;
}

/**
 * The image of these raw bytes. Throws FORMAT_INVALID where manifest, config and layers contradict each other, and
 * DIGEST_MISMATCH where the config is not the one that the manifest names.
 */
export function imageFrom(rawManifest: Uint8Array, rawConfig: Uint8Array, layers: readonly Layer[]): Image {
  const manifest = decodeManifest(rawManifest);
  const config = decodeConfig(rawConfig);
  const configDigest = digestOf(rawConfig);
  if (configDigest !== manifest.config.digest) {
    throw new DistillError("DIGEST_MISMATCH", `image config is ${configDigest}, not ${manifest.config.digest}`);
  }
  checkLayerCount(manifest, config);
  if (layers.length !== config.rootfs.diff_ids.length) {
    throw new DistillError("FORMAT_INVALID", `image has ${layers.length} layers, its config lists another number`);
  }
  return {
    manifestDigest: digestOf(rawManifest),
    configDigest,
    mediaType: manifest.mediaType,
    layers,
    settled: true,
    rawManifest: () => rawManifest,
    rawConfig: () => rawConfig,
    manifest: () => manifest,
    config: () => config,
  };
}

/** Throws FORMAT_INVALID unless the manifest has one layer for each diffID of the config. */
export function checkLayerCount(manifest: Manifest, config: ImageConfig): void {
  const [packed, plain] = [manifest.layers.length, config.rootfs.diff_ids.length];
  if (packed === plain) return;
  throw new DistillError("FORMAT_INVALID", `image manifest has ${packed} layers but its config has ${plain} diff_ids`);
}

/** Builds an OCI image; `rootfs` is made of the layers, and Docker's layer types become those of image-spec. */
export function assembleImage(parts: {
  readonly config: Omit<ImageConfig, "rootfs">;
  readonly layers: readonly PackedLayer[];
  readonly annotations?: StringMap | undefined;
}): Image {
  const layers = parts.layers.map(({ layer }) => layer);
  const diffIDs = layers.map(({ diffID }) => diffID);
  const rawConfig = encodeConfig({ ...parts.config, rootfs: { type: "layers", diff_ids: diffIDs } });
  const manifest: Manifest = {
    mediaType: MediaType.ociManifest,
    config: { mediaType: MediaType.ociConfig, digest: digestOf(rawConfig), size: rawConfig.length },
    layers: parts.layers.map(({ descriptor }) => toOci(descriptor)),
    ...(parts.annotations && { annotations: parts.annotations }),
  };
  return imageFrom(encodeManifest(manifest), rawConfig, layers);
}

/** Every blob that the manifest names, layers first, each once, packed as the manifest says. */
export function imageBlobs(image: Image): readonly Blob[] {
  const { config, layers } = image.manifest();
  const blobs = layers.map((descriptor, index) => layerBlob(image.layers[index] as Layer, descriptor));
  const configBlob = { descriptor: config, open: () => once(image.rawConfig()) };
  return [...new Map([...blobs, configBlob].map((blob) => [blob.descriptor.digest, blob])).values()];
}

/** The manifest itself as a blob. */
export function manifestBlob(image: Image): Blob {
  const bytes = image.rawManifest();
  return {
    descriptor: { mediaType: image.mediaType, digest: image.manifestDigest, size: bytes.length },
    open: () => once(bytes),
  };
}

/** A stream of one chunk. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function layerBlob(layer: Layer, descriptor: Descriptor): Blob {
  if (descriptor.digest === layer.diffID) return { descriptor, open: () => layer.uncompressed() };
  return { descriptor, open: () => openCompressed(layer, descriptor) };
}

async function* openCompressed(layer: Layer, expected: Descriptor): AsyncGenerator<Uint8Array> {
  const { descriptor, open } = await layer.compressed();
  if (descriptor.digest !== expected.digest) {
    throw new DistillError(
      "DIGEST_MISMATCH",
      `layer ${layer.diffID} packs to ${descriptor.digest}, not ${expected.digest}`,
    );
  }
  yield* open();
}

function toOci({ mediaType, digest, size, urls }: Descriptor): Descriptor {
  const compression = layerCompression(mediaType);
  if (compression === undefined) throw new DistillError("UNSUPPORTED", `layer ${digest} has media type ${mediaType}`);
  return { mediaType: ociLayerType(compression), digest, size, ...(urls && { urls }) };
}
