import { gzipSync, zstdCompressSync } from "node:zlib";
import { encodeConfig } from "../../src/image/config.ts";
import { type Content, type ContentReader, contentFrom } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { once } from "../../src/image/image.ts";
import { encodeJson } from "../../src/image/json.ts";
import { encodeIndex, encodeManifest } from "../../src/image/manifest.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { walkContent } from "../../src/image/select.ts";
import { unpack } from "../../src/image/unpack.ts";
import { type Digest, digestOf, hexOf } from "../../src/lib/digest.ts";
import { layerTar } from "./images.ts";
import { archiveOf, bare, file } from "./tar.ts";

/** How a test image is packed: the OCI way with these layers, or as Docker's schema 2. */
export type Shape = "none" | "gzip" | "zstd" | "schema 2";

/** Blobs in memory, as a source reads them. */
export class MemoryBlobs implements ContentReader {
  readonly what = "memory";
  readonly blobs = new Map<Digest, Uint8Array>();

  add(mediaType: string, bytes: Uint8Array): Descriptor {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  open({ digest }: Descriptor): (() => AsyncIterable<Uint8Array>) | undefined {
    const bytes = this.blobs.get(digest);
    return bytes && (() => once(bytes));
  }

  /** The content that a descriptor of `add` names. */
  content(descriptor: Descriptor): Content {
    return contentFrom(this, this.blobs.get(descriptor.digest) ?? Buffer.alloc(0), descriptor);
  }

  /** Adds an image with layers of these seeds. */
  image(shape: Shape, seeds: readonly number[], architecture = "amd64"): Descriptor {
    const tars = seeds.map((seed) => layerTar(seed));
    const rawConfig = encodeConfig({
      ...{ architecture, os: "linux", config: { Entrypoint: ["/data/file"] }, history: [] },
      rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
    });
    const docker = shape === "schema 2";
    const mediaType = docker ? MediaType.dockerManifest : MediaType.ociManifest;
    const config = this.add(docker ? MediaType.dockerConfig : MediaType.ociConfig, rawConfig);
    const layers = tars.map((tar) => this.add(LAYER_TYPES[shape], PACK[shape](tar)));
    return this.add(mediaType, encodeManifest({ mediaType, config, layers }));
  }

  /** Adds an attestation as BuildKit writes it: a manifest of something that is no file system. */
  attestation(of: Digest): Descriptor {
    const statement = encodeJson({ subject: of });
    const config = this.add(
      MediaType.ociConfig,
      encodeJson({
        architecture: "unknown",
        os: "unknown",
        rootfs: { type: "layers", diff_ids: [digestOf(statement)] },
      }),
    );
    const layers = [this.add("application/vnd.in-toto+json", statement)];
    const manifest = this.add(
      MediaType.ociManifest,
      encodeManifest({ mediaType: MediaType.ociManifest, config, layers }),
    );
    return {
      ...manifest,
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    };
  }

  /** Adds an index of these manifests. */
  index(manifests: readonly Descriptor[], mediaType: string = MediaType.ociIndex): Descriptor {
    return this.add(mediaType, encodeIndex({ mediaType, manifests }));
  }

  /** Adds an index of an amd64 and an arm64 image, with an attestation of the first. */
  platforms(shape: Shape = "gzip"): Descriptor {
    const amd64 = this.image(shape, [1, 2], "amd64");
    const arm64 = this.image(shape, [1, 3], "arm64");
    return this.index([
      { ...amd64, platform: { os: "linux", architecture: "amd64" } },
      { ...arm64, platform: { os: "linux", architecture: "arm64" } },
      this.attestation(amd64.digest),
    ]);
  }
}

const LAYER_TYPES: Readonly<Record<Shape, string>> = {
  none: MediaType.ociLayer,
  gzip: MediaType.ociLayerGzip,
  zstd: MediaType.ociLayerZstd,
  "schema 2": MediaType.dockerLayerGzip,
};

const PACK: Readonly<Record<Shape, (tar: Uint8Array) => Uint8Array>> = {
  none: (tar) => tar,
  gzip: (tar) => gzipSync(tar),
  zstd: (tar) => zstdCompressSync(tar),
  "schema 2": (tar) => gzipSync(tar),
};

/** Every digest of a tree, after every blob has been read to its end: those are verified on the way. */
export async function readAll(content: Content): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const each of walkContent(content)) {
    digests.push(each.descriptor.digest);
    for (const { descriptor, open } of each.kind === "manifest" ? each.blobs : []) {
      const bytes = Buffer.concat(await Array.fromAsync(open()));
      if (digestOf(bytes) !== descriptor.digest) throw new Error(`${descriptor.digest} was not verified`);
      digests.push(descriptor.digest);
    }
  }
  return digests;
}

/** An image as an archive of `docker save` up to version 24 has it. */
export interface LegacyImage {
  readonly names: readonly string[];
  readonly config: Uint8Array;
  readonly layers: readonly Uint8Array[];
}

/** What an image of MemoryBlobs is made of, unpacked. */
export async function legacyImage(blobs: MemoryBlobs, image: Descriptor, ...names: string[]): Promise<LegacyImage> {
  const content = blobs.content(image);
  if (content.kind !== "manifest") throw new Error("an index is no image");
  const { config, layers } = content.manifest;
  const tars = layers.map(async ({ digest, mediaType }) => {
    const packing = mediaType.endsWith("zstd") ? "zstd" : mediaType.endsWith("gzip") ? "gzip" : "none";
    const bytes = blobs.blobs.get(digest) ?? Buffer.alloc(0);
    return Buffer.concat(await Array.fromAsync(unpack(once(bytes), packing, 1 << 30)));
  });
  return { names, config: blobs.blobs.get(config.digest) ?? Buffer.alloc(0), layers: await Promise.all(tars) };
}

/** The archive of `docker save` up to version 24: a directory for each layer, links where two images share one. */
export function legacyArchive(...images: readonly LegacyImage[]): Buffer {
  const seen = new Map<Digest, string>();
  const entries = images.flatMap(({ config, layers }, image) => [
    file(`${hexOf(digestOf(config))}.json`, config),
    ...layers.flatMap((layer, index) => {
      const path = `${image}-${index}/layer.tar`;
      const known = seen.get(digestOf(layer));
      seen.set(digestOf(layer), known ?? path);
      const directory = bare({ path: `${image}-${index}/`, type: "directory", mode: 0o755 });
      const body = known === undefined ? file(path, layer) : bare({ path, type: "symlink", linkname: `../${known}` });
      return [directory, body];
    }),
  ]);
  const list = images.map(({ names, config, layers }, image) => ({
    Config: `${hexOf(digestOf(config))}.json`,
    RepoTags: names.length === 0 ? null : names,
    Layers: layers.map((_, index) => `${image}-${index}/layer.tar`),
  }));
  return archiveOf([...entries, file("manifest.json", JSON.stringify(list)), file("repositories", "{}")]);
}
