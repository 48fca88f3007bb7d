import { gzipSync } from "node:zlib";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../../src/formats/tar/writer.ts";
import { assembleImage, type Blob, type Image, type Layer, once } from "../../src/image/image.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { randomBytes } from "./random.ts";

const CONFIG = { architecture: "amd64", os: "linux", config: { Entrypoint: ["/data/file"] }, history: [] };

/** A tar with one file of random bytes: what a layer of a test image is made of. */
export function layerTar(seed: number, size = 20_000): Uint8Array {
  const header = encodeHeader({
    path: `data/file-${seed}`,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime: 1,
    linkname: "",
    uname: "",
    gname: "",
    devmajor: 0,
    devminor: 0,
    xattrs: new Map(),
  });
  return Buffer.concat([header, randomBytes(seed, size), paddingAfter(size), END_OF_ARCHIVE]);
}

/** A layer whose bytes are in memory. */
export function memoryLayer(tar: Uint8Array): Layer {
  return {
    diffID: digestOf(tar),
    uncompressedSize: tar.length,
    uncompressed: () => once(tar),
    compressed: async () => memoryBlob(MediaType.ociLayerGzip, gzipSync(tar)),
  };
}

export function memoryBlob(mediaType: string, bytes: Uint8Array): Blob {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, open: () => once(bytes) };
}

/** An image with layers of these seeds, uncompressed in its manifest. */
export function memoryImage(...seeds: readonly number[]): Image {
  return imageOfLayers(seeds.map((seed) => memoryLayer(layerTar(seed))));
}

/** The same image as `memoryImage` gives, with gzip layers in its manifest. */
export async function packedImage(...seeds: readonly number[]): Promise<Image> {
  const layers = seeds.map((seed) => memoryLayer(layerTar(seed)));
  const packed = layers.map(async (layer) => ({ layer, descriptor: (await layer.compressed()).descriptor }));
  return assembleImage({ config: CONFIG, layers: await Promise.all(packed) });
}

/** An image of these layers, uncompressed in its manifest. */
export function imageOfLayers(layers: readonly Layer[]): Image {
  return assembleImage({
    config: CONFIG,
    layers: layers.map((layer) => ({
      layer,
      descriptor: { mediaType: MediaType.ociLayer, digest: layer.diffID, size: layer.uncompressedSize },
    })),
  });
}
