import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { imageOfLayers, layerTar, memoryImage, memoryLayer, packedImage } from "../../test/support/images.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { digestOf, hexOf } from "../lib/digest.ts";
import { imageContent } from "./content.ts";
import { type Image, type Layer, once } from "./image.ts";
import { writeLayout } from "./layout-sink.ts";
import { decodeIndex } from "./manifest.ts";
import { parseReference } from "./reference.ts";
import { verified } from "./verified.ts";

const entriesOf = (directory: string) => decodeIndex(readFileSync(join(directory, "index.json"))).manifests;

function assertWhole(directory: string): void {
  for (const name of readdirSync(join(directory, "blobs", "sha256"))) {
    assert.equal(hexOf(digestOf(readFileSync(join(directory, "blobs", "sha256", name)))), name);
  }
  assert.deepEqual(readdirSync(directory).sort(), ["blobs", "index.json", "oci-layout"]);
}

/** An image of which one layer's bytes are not those of its digest. */
function damagedImage(): Image {
  const good = memoryLayer(layerTar(1));
  const bytes = layerTar(1);
  bytes[600] = (bytes[600] ?? 0) ^ 1;
  const expected = { digest: good.diffID, size: good.uncompressedSize };
  const bad: Layer = { ...good, uncompressed: () => verified(once(bytes), expected) };
  return imageOfLayers([memoryLayer(layerTar(2)), bad]);
}

test("a layout holds the image's blobs, and its index names the manifest", async (t) => {
  const directory = join(temporaryDirectory(t), "a", "b");
  const image = memoryImage(1, 2);
  await writeLayout(imageContent(image), directory, { tag: "v1" });
  assertWhole(directory);
  const [entry, ...others] = entriesOf(directory);
  assert.equal(others.length, 0);
  assert.equal(entry?.digest, image.manifestDigest);
  assert.deepEqual(entry?.platform, { os: "linux", architecture: "amd64" });
  assert.deepEqual(entry?.annotations, { "org.opencontainers.image.ref.name": "v1" });
});

test("adding to a layout keeps its other entries, and moves a name that it has", async (t) => {
  const directory = temporaryDirectory(t);
  const [first, second, third] = [memoryImage(1), memoryImage(1, 2), memoryImage(3)];
  await writeLayout(imageContent(first), directory, { tag: "a" });
  await writeLayout(imageContent(second), directory, { tag: "b" });
  await writeLayout(imageContent(third), directory, { tag: "a" });
  await writeLayout(imageContent(third), directory);
  await writeLayout(imageContent(third), directory);
  assertWhole(directory);
  assert.deepEqual(
    entriesOf(directory).map(({ digest }) => digest),
    [second.manifestDigest, third.manifestDigest, third.manifestDigest],
  );
});

test("each image name gets an entry with the annotations that containerd reads", async (t) => {
  const directory = temporaryDirectory(t);
  await writeLayout(imageContent(memoryImage(1)), directory, {
    names: [parseReference("app"), parseReference("ghcr.io/me/app:2")],
  });
  assert.deepEqual(
    entriesOf(directory).map(({ annotations }) => annotations),
    [
      { "io.containerd.image.name": "docker.io/library/app:latest", "org.opencontainers.image.ref.name": "latest" },
      { "io.containerd.image.name": "ghcr.io/me/app:2", "org.opencontainers.image.ref.name": "2" },
    ],
  );
});

test("a damaged blob leaves no new layout, and an existing one as it was", async (t) => {
  const directory = temporaryDirectory(t);
  const fresh = join(directory, "fresh", "deep");
  await assert.rejects(writeLayout(imageContent(damagedImage()), fresh), { code: "DIGEST_MISMATCH" });
  assert.equal(existsSync(join(directory, "fresh")), false);
  const existing = join(directory, "existing");
  await writeLayout(imageContent(memoryImage(7)), existing);
  const before = readdirSync(existing, { recursive: true }).sort();
  const index = readFileSync(join(existing, "index.json"));
  await assert.rejects(writeLayout(imageContent(damagedImage()), existing), { code: "DIGEST_MISMATCH" });
  assert.deepEqual(readdirSync(existing, { recursive: true }).sort(), before);
  assert.deepEqual(readFileSync(join(existing, "index.json")), index);
});

test("a damaged blob of an existing layout is written again", async (t) => {
  const directory = temporaryDirectory(t);
  const image = memoryImage(1);
  await writeLayout(imageContent(image), directory);
  const path = join(directory, "blobs", "sha256", hexOf(image.configDigest));
  writeFileSync(path, Buffer.alloc(image.rawConfig().length));
  await writeLayout(imageContent(image), directory);
  assertWhole(directory);
});

test("a directory that holds something else is left alone", async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, "index.json"), "{}");
  await assert.rejects(writeLayout(imageContent(memoryImage(1)), directory), { code: "FORMAT_INVALID" });
  const newer = join(directory, "newer");
  mkdirSync(newer);
  writeFileSync(join(newer, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
  await assert.rejects(writeLayout(imageContent(memoryImage(1)), newer), { code: "FORMAT_INVALID" });
  assert.deepEqual(readdirSync(newer), ["oci-layout"]);
});

test("skopeo reads the layout and copies the same bytes", { skip: unlessTools("skopeo") }, async (t) => {
  const directory = temporaryDirectory(t);
  const image = await packedImage(1, 2);
  await writeLayout(imageContent(memoryImage(9)), join(directory, "layout"), { tag: "plain" });
  await writeLayout(imageContent(image), join(directory, "layout"), { tag: "v1" });
  const source = `oci:${join(directory, "layout")}:v1`;
  const raw = execFileSync("skopeo", ["inspect", "--raw", source]);
  assert.equal(digestOf(raw), image.manifestDigest);
  execFileSync("skopeo", ["copy", "--quiet", source, `dir:${join(directory, "copy")}`]);
  for (const digest of [image.configDigest, ...image.manifest().layers.map((layer) => layer.digest)]) {
    assert.equal(digestOf(readFileSync(join(directory, "copy", hexOf(digest)))), digest);
  }
  execFileSync("skopeo", ["inspect", `oci:${join(directory, "layout")}:plain`]);
});
