import assert from "node:assert/strict";
import { test } from "node:test";
import {
  imageOfLayers,
  layerTar,
  memoryBlob,
  memoryImage,
  memoryLayer,
  packedImage,
} from "../../test/support/images.ts";
import { digestOf } from "../lib/digest.ts";
import { encodeConfig } from "./config.ts";
import { assembleImage, imageBlobs, imageFrom } from "./image.ts";
import { encodeManifest } from "./manifest.ts";
import { MediaType } from "./media-types.ts";
import { unpack } from "./unpack.ts";
import { verified } from "./verified.ts";

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

test("the same parts give the same image, byte for byte", () => {
  assert.equal(memoryImage(1, 2).manifestDigest, memoryImage(1, 2).manifestDigest);
  assert.notEqual(memoryImage(1, 2).configDigest, memoryImage(2, 1).configDigest);
});

test("how layers are packed changes the manifest, not the config or the diffIDs", async () => {
  const [plain, packed] = [memoryImage(1, 2), await packedImage(1, 2)];
  assert.equal(packed.configDigest, plain.configDigest);
  assert.notEqual(packed.manifestDigest, plain.manifestDigest);
  for (const [image, mediaType] of [
    [plain, MediaType.ociLayer],
    [packed, MediaType.ociLayerGzip],
  ] as const) {
    assert.ok(image.manifest().layers.every((layer) => layer.mediaType === mediaType));
    for (const { descriptor, open } of imageBlobs(image)) {
      assert.equal(digestOf(await read(open())), descriptor.digest);
    }
  }
});

test("a layer that is there twice is one blob", () => {
  const layer = memoryLayer(layerTar(1));
  assert.equal(imageBlobs(imageOfLayers([layer, layer])).length, 2);
});

test("Docker's layer types become those of image-spec, and foreign types are refused", () => {
  const layer = memoryLayer(layerTar(1));
  const build = (mediaType: string) =>
    assembleImage({
      config: { architecture: "amd64", os: "linux" },
      layers: [{ layer, descriptor: { mediaType, digest: layer.diffID, size: layer.uncompressedSize } }],
    });
  assert.equal(build(MediaType.dockerLayer).manifest().layers[0]?.mediaType, MediaType.ociLayer);
  assert.throws(() => build("application/vnd.in-toto+json"), { code: "UNSUPPORTED" });
});

test("manifest, config and layers that contradict each other are no image", () => {
  const image = memoryImage(1, 2);
  assert.throws(() => imageFrom(image.rawManifest(), image.rawConfig(), image.layers.slice(1)), {
    code: "FORMAT_INVALID",
  });
  const otherConfig = encodeConfig({ ...image.config(), author: "someone else" });
  assert.throws(() => imageFrom(image.rawManifest(), otherConfig, image.layers), { code: "DIGEST_MISMATCH" });
  const fewer = encodeManifest({ ...image.manifest(), layers: image.manifest().layers.slice(1) });
  assert.throws(() => imageFrom(fewer, image.rawConfig(), image.layers), { code: "FORMAT_INVALID" });
});

test("a stream that is not what was promised ends in an error", async () => {
  const bytes = Buffer.from("hello");
  const { descriptor, open } = memoryBlob("x", bytes);
  assert.deepEqual(await read(verified(open(), descriptor)), bytes);
  const other = memoryBlob("x", Buffer.from("hellO"));
  await assert.rejects(read(verified(other.open(), descriptor)), { code: "DIGEST_MISMATCH" });
  await assert.rejects(read(verified(open(), { ...descriptor, size: 4 })), { code: "DIGEST_MISMATCH" });
  await assert.rejects(read(verified(open(), { ...descriptor, size: 6 })), { code: "DIGEST_MISMATCH" });
});

test("layers unpack from every packing, and not beyond the limit", async () => {
  const { gzipSync, zstdCompressSync } = await import("node:zlib");
  const tar = layerTar(1);
  const packed = { none: tar, gzip: gzipSync(tar), zstd: zstdCompressSync(tar) };
  for (const compression of ["none", "gzip", "zstd"] as const) {
    const open = () => memoryBlob("x", packed[compression]).open();
    assert.equal(digestOf(await read(unpack(open(), compression, tar.length))), digestOf(tar));
    await assert.rejects(read(unpack(open(), compression, tar.length - 1)), { code: "LIMIT_EXCEEDED" });
  }
  for (const compression of ["gzip", "zstd"] as const) {
    await assert.rejects(read(unpack(memoryBlob("x", tar).open(), compression, 1e9)), { code: "FORMAT_INVALID" });
  }
});

test("a failure of the source comes through the unpacking as it is", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
    throw new Error("connection lost");
  }
  await assert.rejects(read(unpack(failing(), "zstd", 1e9)), /connection lost/);
});
