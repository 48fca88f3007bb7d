import { Digester, digestOf } from "../lib/digest.ts";
import { configOf, type ManifestContent } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Blob } from "./image.ts";
import { encodeManifest } from "./manifest.ts";
import { layerCompression, MediaType } from "./media-types.ts";
import { unpack } from "./unpack.ts";
import { digestMismatch, type Expected, verified } from "./verified.ts";

/** As the store's limit: no image has a layer of 64 GiB. */
const MAX_LAYER = 64 * 2 ** 30;

/**
 * The image in a form that `docker load` of any age reads: engines before 23 know no zstd, so such layers are unpacked,
 * and the manifest is another one. The config, and with it the image ID, stays. An image without zstd is as it was.
 */
export async function dockerForm(content: ManifestContent): Promise<ManifestContent> {
  const { manifest } = content;
  const isZstd = ({ mediaType }: Descriptor): boolean => layerCompression(mediaType) === "zstd";
  const { diff_ids: diffIDs } = (await configOf(content)).rootfs;
  if (!manifest.layers.some(isZstd) || diffIDs.length !== manifest.layers.length) return content;
  const replaced = new Map<string, Blob>();
  for (const [index, layer] of manifest.layers.entries()) {
    const diffID = diffIDs[index];
    if (!isZstd(layer) || diffID === undefined || replaced.has(layer.digest)) continue;
    replaced.set(layer.digest, await plainLayer(content, layer, index, diffID));
  }
  const plain = (descriptor: Descriptor): Descriptor => replaced.get(descriptor.digest)?.descriptor ?? descriptor;
  const changed = { ...manifest, layers: manifest.layers.map(plain) };
  const raw = encodeManifest(changed);
  const { layers: _, ...rest } = content;
  return {
    ...rest,
    descriptor: { mediaType: manifest.mediaType, digest: digestOf(raw), size: raw.length },
    raw,
    manifest: changed,
    blobs: uniqueBlobs(content.blobs.map((blob) => replaced.get(blob.descriptor.digest) ?? blob)),
  };
}

/** The layer as it was before it was packed; its size is only known when it has been unpacked once. */
async function plainLayer(
  content: ManifestContent,
  packed: Descriptor,
  index: number,
  diffID: Expected["digest"],
): Promise<Blob> {
  const docker = content.manifest.mediaType === MediaType.dockerManifest;
  const mediaType = docker ? MediaType.dockerLayer : MediaType.ociLayer;
  const known = content.layers?.[index];
  if (known !== undefined) {
    return {
      descriptor: { mediaType, digest: diffID, size: known.uncompressedSize },
      open: () => known.uncompressed(),
    };
  }
  const blob = content.blobs.find(({ descriptor }) => descriptor.digest === packed.digest);
  if (blob === undefined) throw new Error(`layer ${packed.digest} has no blob`);
  const digester = new Digester();
  for await (const chunk of unpack(blob.open(), "zstd", MAX_LAYER)) digester.update(chunk);
  const descriptor = { mediaType, digest: diffID, size: digester.size };
  const found = digester.digest();
  if (found !== diffID) throw digestMismatch(descriptor, `the content of ${found}`);
  return { descriptor, open: () => verified(unpack(blob.open(), "zstd", descriptor.size), descriptor) };
}

function uniqueBlobs(blobs: readonly Blob[]): readonly Blob[] {
  return [...new Map(blobs.map((blob) => [blob.descriptor.digest, blob])).values()];
}
