import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBlobs } from "../../test/support/contents.ts";
import { layerTar, memoryImage } from "../../test/support/images.ts";
import { digestOf } from "../lib/digest.ts";
import { imageContent } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { imagesIn, inspect } from "./inspection.ts";
import { encodeIndex } from "./manifest.ts";
import { MediaType } from "./media-types.ts";

test("of packed layers the uncompressed size is not known, and of plain ones it is", async () => {
  const blobs = new MemoryBlobs();
  const packed = await inspect(blobs.content(blobs.image("gzip", [1, 2])));
  assert.ok(packed.kind === "image");
  assert.equal(packed.uncompressed, null);
  assert.deepEqual(
    packed.layers.map(({ uncompressed }) => uncompressed),
    [null, null],
  );
  const plain = await inspect(blobs.content(blobs.image("none", [1, 2])));
  assert.ok(plain.kind === "image");
  assert.equal(plain.uncompressed, layerTar(1).length + layerTar(2).length);
  assert.equal(plain.platform, "linux/amd64");
});

test("a source that knows its layers unpacked tells their sizes", async () => {
  const found = await inspect(imageContent(memoryImage(1)));
  assert.ok(found.kind === "image");
  assert.equal(found.layers[0]?.uncompressed, layerTar(1).length);
});

test("an index tells of its images and attestations, and of what is not there that it is not", async () => {
  const blobs = new MemoryBlobs();
  const index = blobs.platforms();
  const content = blobs.content(index);
  assert.ok(content.kind === "index");
  const arm64 = content.index.manifests[1] as Descriptor;
  blobs.blobs.delete(arm64.digest);
  const found = await inspect(content);
  assert.ok(found.kind === "index");
  assert.deepEqual(
    found.entries.map(({ held }) => held?.kind),
    ["image", undefined, "artifact"],
  );
  assert.deepEqual(
    imagesIn(found).map(({ platform }) => platform),
    ["linux/amd64"],
  );
});

test("an index of more entries or levels than any real one is refused", async () => {
  const blobs = new MemoryBlobs();
  const image = blobs.image("none", [1]);
  const absent = Array.from({ length: 1001 }, (_, n) => ({ ...image, digest: digestOf(`${n}`) }));
  await assert.rejects(inspect(blobs.content(blobs.index(absent))), { code: "LIMIT_EXCEEDED" });
  let nested = image;
  for (let depth = 0; depth < 6; depth++) nested = blobs.index([nested]);
  await assert.rejects(inspect(blobs.content(nested)), { code: "LIMIT_EXCEEDED" });
});

test("manifests that are large together are refused", async () => {
  const blobs = new MemoryBlobs();
  const large = Array.from({ length: 20 }, (_, n) =>
    blobs.add(
      MediaType.ociIndex,
      encodeIndex({
        mediaType: MediaType.ociIndex,
        manifests: [],
        annotations: { x: `${n}`.padEnd((4 << 20) - 1000, "x") },
      }),
    ),
  );
  await assert.rejects(inspect(blobs.content(blobs.index(large))), { code: "LIMIT_EXCEEDED" });
});
