import { DistillError, isDistillError } from "../lib/errors.ts";
import { decodeConfig, type ImageConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import { type Blob, type Image, imageBlobs, type Layer, manifestBlob, once } from "./image.ts";
import { decodeIndex, decodeManifest, type Index, type Manifest } from "./manifest.ts";
import { isForeignLayer, isIndexType, isManifestType, MediaType } from "./media-types.ts";
import { type Expected, verified } from "./verified.ts";

/**
 * What a transport holds under one name, packed as it is there: this is what every source gives and every sink takes.
 * Raw bytes are kept, so that copies keep their digests; nothing is unpacked.
 */
export type Content = ManifestContent | IndexContent;

/** An image, or another artifact, with the blobs that its manifest names. */
export interface ManifestContent {
  readonly kind: "manifest";
  readonly descriptor: Descriptor;
  readonly raw: Uint8Array;
  readonly manifest: Manifest;
  /** Layers first, then the config, each once. Foreign layers that the source does not hold are left out. */
  readonly blobs: readonly Blob[];
  /** The layers as tar streams, where the source has them like that; as many as the manifest lists. */
  readonly layers?: readonly Layer[];
}

/** An index or manifest list, with what it names. */
export interface IndexContent {
  readonly kind: "index";
  readonly descriptor: Descriptor;
  readonly raw: Uint8Array;
  readonly index: Index;
  /** What an entry of the index stands for. NO_SUCH_IMAGE where the source does not hold it. */
  child(entry: Descriptor): Promise<Content>;
}

/** How a source gets at its bytes; `undefined` for what it does not hold. */
export interface ContentReader {
  /** Opens a blob or a manifest; its bytes are verified by whoever asked. */
  open(descriptor: Descriptor, as: "blob" | "manifest"): (() => AsyncIterable<Uint8Array>) | undefined;
  /** Opens a blob behind so many bytes; of a source that can, and where beginning anew would cost. Not verified. */
  openFrom?(descriptor: Descriptor, offset: number): AsyncIterable<Uint8Array>;
  /** For messages: "app.tar". */
  readonly what: string;
}

/** Registries may refuse more than 4 MiB (distribution-spec), and decodeManifest and decodeIndex do. */
const MAX_DOCUMENT = 4 << 20;
const MAX_CONFIG = 8 << 20;

/** An image of the store, or one that was just made, as sinks take it. */
export function imageContent(image: Image): ManifestContent {
  return {
    kind: "manifest",
    descriptor: manifestBlob(image).descriptor,
    raw: image.rawManifest(),
    manifest: image.manifest(),
    blobs: imageBlobs(image),
    layers: image.layers,
  };
}

/**
 * What a descriptor names, read through `reader`: a manifest or an index, by its bytes and not by what the descriptor
 * says of it. Throws NO_SUCH_IMAGE where it is not there, DIGEST_MISMATCH, FORMAT_INVALID, LIMIT_EXCEEDED, and
 * UNSUPPORTED for schema 1.
 */
export async function readContent(reader: ContentReader, descriptor: Descriptor): Promise<Content> {
  const open = reader.open(descriptor, "manifest");
  if (open === undefined) {
    throw new DistillError("NO_SUCH_IMAGE", `${reader.what} names ${descriptor.digest} and does not hold it`, {
      hint: "it was written for some platforms only, or is damaged: leave --all out, or choose another with --platform",
    });
  }
  const raw = await readWhole(open(), descriptor, MAX_DOCUMENT, "image manifest");
  return contentFrom(reader, raw, descriptor);
}

/** The content, or undefined where its source names it and does not hold it: engines save an index, and of it what they have. */
export async function ifHeld(content: Promise<Content>): Promise<Content | undefined> {
  try {
    return await content;
  } catch (error) {
    if (isDistillError(error, "NO_SUCH_IMAGE")) return undefined;
    throw error;
  }
}

/** The content of these raw bytes, whose blobs are read through `reader`. Errors as `readContent`. */
export function contentFrom(reader: ContentReader, raw: Uint8Array, descriptor: Descriptor): Content {
  if (looksLikeIndex(raw, descriptor.mediaType)) {
    const index = decodeIndex(raw);
    return {
      ...{ kind: "index", raw, index },
      descriptor: { ...descriptor, mediaType: index.mediaType },
      child: (entry) => readContent(reader, entry),
    };
  }
  const manifest = decodeManifest(raw);
  return {
    ...{ kind: "manifest", raw, manifest },
    descriptor: { ...descriptor, mediaType: manifest.mediaType },
    blobs: blobsOf(reader, manifest),
  };
}

/** The image config; throws UNSUPPORTED where the manifest is of something that is no image. */
export async function configOf(content: ManifestContent): Promise<ImageConfig> {
  return decodeConfig(await rawConfigOf(content));
}

/** The image config byte for byte, at most 8 MiB; errors as `configOf`. */
export async function rawConfigOf({ manifest, descriptor, blobs }: ManifestContent): Promise<Uint8Array> {
  if (!isImage(manifest)) {
    throw new DistillError(
      "UNSUPPORTED",
      `${descriptor.digest} is no image: its config is ${manifest.config.mediaType}`,
    );
  }
  const blob = blobs.find((each) => each.descriptor.digest === manifest.config.digest);
  if (blob === undefined) throw new DistillError("FORMAT_INVALID", `${descriptor.digest} comes without its config`);
  return readWhole(blob.open(), blob.descriptor, MAX_CONFIG, "image config");
}

/** LIMIT_EXCEEDED where the config of an image claims to be larger than any that is read; before it is fetched. */
export function refuseLargeConfig({ config }: Manifest): void {
  if (config.size <= MAX_CONFIG) return;
  throw new DistillError(
    "LIMIT_EXCEEDED",
    `image config has ${config.size} bytes, more than the ${MAX_CONFIG} allowed`,
  );
}

/** True for the manifest of an image: its config is one. */
export function isImage({ config }: Manifest): boolean {
  return config.mediaType === MediaType.ociConfig || config.mediaType === MediaType.dockerConfig;
}

/** A blob of memory. */
export function memoryContentBlob(descriptor: Descriptor, bytes: Uint8Array): Blob {
  return { descriptor, open: () => once(bytes) };
}

/** A whole small blob, verified; LIMIT_EXCEEDED before it is read where it claims to be larger than `limit` bytes. */
export async function readWhole(
  source: AsyncIterable<Uint8Array>,
  expected: Expected,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  if (expected.size > limit) {
    throw new DistillError("LIMIT_EXCEEDED", `${what} has ${expected.size} bytes, more than the ${limit} allowed`);
  }
  return Buffer.concat(await Array.fromAsync(verified(source, expected)));
}

function looksLikeIndex(raw: Uint8Array, mediaType: string): boolean {
  const own = mediaTypeIn(raw);
  return own === undefined ? isIndexType(mediaType) : own;
}

/** True for an index, false for a manifest, undefined where the document does not say. */
function mediaTypeIn(raw: Uint8Array): boolean | undefined {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(raw));
    if (typeof document !== "object" || document === null) return undefined;
    if ("mediaType" in document && typeof document.mediaType === "string") {
      if (isIndexType(document.mediaType)) return true;
      if (isManifestType(document.mediaType)) return false;
    }
    if ("manifests" in document) return true;
    return "layers" in document ? false : undefined;
  } catch {
    // Whoever decodes it says what is wrong.
    return undefined;
  }
}

function blobsOf(reader: ContentReader, manifest: Manifest): readonly Blob[] {
  const blobs = new Map<string, Blob>();
  for (const descriptor of [...manifest.layers, manifest.config]) {
    const open = reader.open(descriptor, "blob");
    if (open !== undefined) {
      const openFrom = reader.openFrom?.bind(reader, descriptor);
      const blob: Blob = { descriptor, open: () => verified(open(), descriptor) };
      blobs.set(descriptor.digest, openFrom === undefined ? blob : { ...blob, openFrom });
    } else if (!isForeignLayer(descriptor.mediaType)) {
      throw new DistillError(
        "FORMAT_INVALID",
        `${reader.what} lacks the blob ${descriptor.digest}, which its image needs`,
        {
          hint: "it is incomplete: write or fetch it again",
        },
      );
    }
  }
  return [...blobs.values()];
}
