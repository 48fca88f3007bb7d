import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar, memoryBlob } from "../../test/support/images.ts";
import { encodeConfig } from "../image/config.ts";
import { imageContent } from "../image/content.ts";
import { parseLocalDestination, writeContent } from "../image/destination.ts";
import { type Image, imageBlobs, once } from "../image/image.ts";
import { encodeManifest } from "../image/manifest.ts";
import { MediaType } from "../image/media-types.ts";
import { atDigest, parseReference } from "../image/reference.ts";
import { type Digest, digestOf, hexOf } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import type { Lease } from "./leases.ts";
import { Store } from "./store.ts";

const CONFIG = { architecture: "amd64", os: "linux" };
const APP = parseReference("app");

function openStore(t: TestContext, root = join(temporaryDirectory(t), "store")): { store: Store; root: string } {
  const store = Store.open(root);
  t.after(() => store.close());
  return { store, root };
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

async function putTestImage(store: Store, lease: Lease, ...seeds: readonly number[]): Promise<Image> {
  const layers: Digest[] = [];
  for (const seed of seeds) layers.push((await store.writeLayer(lease, once(layerTar(seed)))).diffID);
  return store.putImage(lease, { config: CONFIG, layers });
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

test("a blob comes back as it was written, and is written once", async (t) => {
  const { store, root } = openStore(t);
  await using lease = store.lease("test");
  const bytes = layerTar(1, 3_000_000);
  const info = await lease.writeBlob(once(bytes));
  assert.deepEqual(info, { digest: digestOf(bytes), size: bytes.length });
  assert.deepEqual(await read(store.openBlob(info.digest)), Buffer.from(bytes));
  assert.deepEqual(await lease.writeBlob(once(bytes)), info);
  let reads = 0;
  const source = (async function* () {
    reads++;
    yield bytes;
  })();
  assert.deepEqual(await lease.writeBlob(source, info), info);
  assert.equal(reads, 0);
  await assert.rejects(lease.writeBlob(source, { ...info, size: 1 }), { code: "DIGEST_MISMATCH" });
  assert.deepEqual(readdirSync(join(root, "blobs", "sha256")), [hexOf(info.digest)]);
  assert.deepEqual(readdirSync(lease.temporaryDirectory), []);
});

test("a blob that is not what was expected, or whose source fails, leaves nothing", async (t) => {
  const { store, root } = openStore(t);
  await using lease = store.lease("test");
  const bytes = Buffer.from("content");
  const right = { digest: digestOf(bytes), size: bytes.length };
  for (const wrong of [
    { ...right, digest: digestOf("other") },
    { ...right, size: 6 },
    { ...right, size: 8 },
  ]) {
    await assert.rejects(lease.writeBlob(once(bytes), wrong), { code: "DIGEST_MISMATCH" });
  }
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes;
    throw new Error("connection lost");
  }
  await assert.rejects(lease.writeBlob(failing()), /connection lost/);
  assert.deepEqual(readdirSync(join(root, "blobs", "sha256")), []);
  assert.deepEqual(readdirSync(lease.temporaryDirectory), []);
});

test("a blob whose file was lost is written again", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  const { digest } = await lease.writeBlob(once(Buffer.from("x")));
  rmSync(store.blobPath(digest));
  assert.equal(store.blob(digest), undefined);
  await lease.writeBlob(once(Buffer.from("x")));
  assert.deepEqual(await store.verify(), []);
});

test("an image is found by name, digest and the beginnings of both digests", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  const image = await putTestImage(store, lease, 1, 2);
  assert.deepEqual(store.images(), []);
  store.tag(APP, image.manifestDigest);
  const [hex, id] = [hexOf(image.manifestDigest), hexOf(image.configDigest)];
  const names = ["app", "docker.io/library/app:latest", image.manifestDigest, image.configDigest, hex.slice(0, 12)];
  for (const name of [...names, id.slice(0, 12), `sha256:${id.slice(0, 3)}`, `app@${image.manifestDigest}`]) {
    assert.equal(store.image(name)?.manifestDigest, image.manifestDigest, name);
  }
  assert.equal(store.image(APP)?.configDigest, image.configDigest);
  assert.equal(store.image(atDigest(APP, image.manifestDigest))?.configDigest, image.configDigest);
  for (const name of ["app:2", "other", `other@${image.manifestDigest}`, "0123456789ab"]) {
    assert.equal(store.image(name), undefined, name);
  }
  assert.throws(() => store.image("NotAName"), { code: "USAGE" });
  const found = store.image("app");
  assert.deepEqual(found?.rawManifest(), image.rawManifest());
  assert.deepEqual(await read(found?.layers[1]?.uncompressed() ?? once(Buffer.of())), Buffer.from(layerTar(2)));
});

test("a digest's beginning that fits several images is refused", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  for (const author of ["a", "b"]) await store.putImage(lease, { config: { ...CONFIG, author }, layers: [] });
  const all = Array.from({ length: 16 }, (_, digit) => `sha256:${digit.toString(16)}`);
  const counts = all.map((prefix) => {
    try {
      return store.image(prefix) === undefined ? 0 : 1;
    } catch (error) {
      assert.ok(isDistillError(error, "USAGE"));
      return 2;
    }
  });
  assert.ok(counts.reduce<number>((sum, count) => sum + count, 0) >= 2);
});

test("a name moves in one step, is listed with its time, and can be taken away", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  const [first, second] = [await putTestImage(store, lease, 1), await putTestImage(store, lease, 2)];
  const before = Date.now();
  store.tag(APP, first.manifestDigest);
  store.tag(APP, second.manifestDigest);
  const [listed, ...others] = store.images();
  assert.equal(others.length, 0);
  assert.equal(listed?.manifestDigest, second.manifestDigest);
  assert.equal(listed?.configDigest, second.configDigest);
  assert.ok((listed?.createdAt.getTime() ?? 0) >= before);
  assert.throws(() => store.tag(APP, digestOf("nothing")), { code: "NO_SUCH_IMAGE" });
  assert.equal(store.remove(APP), true);
  assert.equal(store.remove(APP), false);
  assert.deepEqual(store.images(), []);
});

test("an image's manifest names gzip layers, and all that it names is there", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  const image = await putTestImage(store, lease, 1, 2);
  assert.ok(image.manifest().layers.every(({ mediaType }) => mediaType === MediaType.ociLayerGzip));
  for (const { descriptor, open } of imageBlobs(image)) {
    assert.equal(digestOf(await read(open())), descriptor.digest);
    assert.deepEqual(store.blob(descriptor.digest), { digest: descriptor.digest, size: descriptor.size });
  }
  for (const [index, layer] of image.layers.entries()) {
    assert.deepEqual((await layer.compressed()).descriptor, image.manifest().layers[index]);
    // The tar stays beside it: builds read files from it by position.
    assert.deepEqual(readFileSync(store.blobPath(layer.diffID)), Buffer.from(layerTar(index + 1)));
  }
});

test("a layer is compressed once, whoever asks, and that is remembered", async (t) => {
  const { store, root } = openStore(t);
  await using lease = store.lease("test");
  const layer = store.layer((await store.writeLayer(lease, once(layerTar(1)))).diffID);
  const [a, b] = await Promise.all([layer.compressed(), store.layer(layer.diffID).compressed()]);
  assert.deepEqual(a.descriptor, b.descriptor);
  assert.deepEqual(gunzipSync(await read(a.open())), Buffer.from(layerTar(1)));
  const other = openStore(t, root).store;
  const files = readdirSync(join(root, "blobs", "sha256")).length;
  assert.deepEqual((await other.layer(layer.diffID).compressed()).descriptor, a.descriptor);
  assert.equal(readdirSync(join(root, "blobs", "sha256")).length, files);
});

for (const [packing, mediaType, pack] of [
  ["gzip of Docker", MediaType.dockerLayerGzip, gzipSync],
  ["zstd", MediaType.ociLayerZstd, zstdCompressSync],
  ["no", MediaType.ociLayer, (bytes: Uint8Array) => bytes],
] as const) {
  test(`a foreign image with ${packing} packing keeps its bytes, and can be built upon`, async (t) => {
    const { store } = openStore(t);
    await using lease = store.lease("pull");
    const tar = layerTar(1);
    const { descriptor, open } = memoryBlob(mediaType, pack(tar));
    await lease.writeBlob(open(), descriptor);
    const rawConfig = encodeConfig({ ...CONFIG, rootfs: { type: "layers", diff_ids: [digestOf(tar)] } });
    const config = memoryBlob(MediaType.dockerConfig, rawConfig);
    await lease.writeBlob(config.open(), config.descriptor);
    const raw = encodeManifest({
      mediaType: MediaType.dockerManifest,
      config: config.descriptor,
      layers: [descriptor],
    });
    const image = await store.putManifest(lease, raw);
    assert.equal(image.manifestDigest, digestOf(raw));
    assert.equal(image.layers[0]?.uncompressedSize, tar.length);
    assert.deepEqual(await read(image.layers[0]?.uncompressed() ?? once(raw)), Buffer.from(tar));
    if (mediaType !== MediaType.ociLayer) {
      assert.deepEqual((await image.layers[0]?.compressed())?.descriptor, descriptor);
    }
    const { diffID } = await store.writeLayer(lease, once(layerTar(2)));
    const child = await store.putImage(lease, { config: CONFIG, layers: [digestOf(tar), diffID] });
    const [base, top] = child.manifest().layers;
    if (mediaType === MediaType.ociLayer) assert.equal(base?.mediaType, MediaType.ociLayerGzip);
    else assert.equal(base?.digest, descriptor.digest);
    assert.equal(top?.mediaType, MediaType.ociLayerGzip);
    for (const blob of imageBlobs(child)) assert.equal(digestOf(await read(blob.open())), blob.descriptor.digest);
    assert.deepEqual(await store.verify(), []);
  });
}

test("a foreign image whose layer is not what its config says is refused", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("pull");
  const layer = memoryBlob(MediaType.ociLayerGzip, gzipSync(layerTar(1)));
  await lease.writeBlob(layer.open());
  const rawConfig = encodeConfig({ ...CONFIG, rootfs: { type: "layers", diff_ids: [digestOf("other")] } });
  const config = memoryBlob(MediaType.ociConfig, rawConfig);
  const manifest = { mediaType: MediaType.ociManifest, config: config.descriptor, layers: [layer.descriptor] };
  await assert.rejects(store.putManifest(lease, encodeManifest(manifest)), { code: "STORE_CORRUPT" });
  await lease.writeBlob(config.open());
  await assert.rejects(store.putManifest(lease, encodeManifest(manifest)), { code: "DIGEST_MISMATCH" });
  assert.equal(store.image(digestOf(encodeManifest(manifest))), undefined);
});

test("a step is recalled while its blobs are there", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  const { digest } = await lease.writeBlob(once(Buffer.from("x")));
  assert.equal(store.recallStep("key"), undefined);
  store.rememberStep("key", { digest, n: [1, null] }, [digest]);
  assert.deepEqual(store.recallStep("key"), { digest, n: [1, null] });
  store.rememberStep("key", "new", [digest]);
  assert.equal(store.recallStep("key", lease), "new");
  rmSync(store.blobPath(digest));
  assert.equal(store.recallStep("key"), undefined);
  assert.throws(() => store.rememberStep("other", 1, [digest]), { code: "STORE_CORRUPT" });
});

for (const form of ["as tar", "packed"] as const) {
  test(`a flipped byte in a layer ${form} is found by every reader, and named`, async (t) => {
    const { store, root } = openStore(t);
    await using lease = store.lease("test");
    const image = await putTestImage(store, lease, 1, 2);
    store.tag(APP, image.manifestDigest);
    const layer = image.layers[1] ?? assert.fail("two layers");
    const packed = await layer.compressed();
    const digest = form === "as tar" ? layer.diffID : packed.descriptor.digest;
    const path = store.blobPath(digest);
    flipByte(path, 1000);
    const named = (error: unknown): boolean => isDistillError(error, "STORE_CORRUPT") && error.message.includes(digest);
    await assert.rejects(read(store.openBlob(digest)), named);
    await assert.rejects(read(form === "as tar" ? layer.uncompressed() : packed.open()), named);
    for (const target of form === "as tar" ? [] : ["oci", "oci-archive", "docker-archive"]) {
      const output = join(temporaryDirectory(t), "out");
      const destination = parseLocalDestination(`${target}:${output}`);
      await assert.rejects(writeContent(imageContent(image), destination), named);
      assert.throws(() => readdirSync(output), { code: "ENOENT" });
    }
    const problems = await store.verify();
    assert.deepEqual(
      problems.map((problem) => [problem.digest, problem.usedBy]),
      [[digest, ["docker.io/library/app:latest"]]],
    );
    assert.ok(problems[0]?.problem.includes(digest) && problems[0].hint?.includes(path));
    // The hint works: without the file, the blob is written anew.
    rmSync(path);
    assert.match((await store.verify())[0]?.problem ?? "", /lost its file/);
    assert.deepEqual((await putTestImage(store, lease, 1, 2)).manifestDigest, image.manifestDigest);
    assert.deepEqual(await store.verify(), []);
    assert.deepEqual(readdirSync(join(root, "tmp")), [lease.id]);
  });
}

test("damaged manifests, configs and truncated blobs are found and named", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("test");
  const image = await putTestImage(store, lease, 1);
  store.tag(APP, image.manifestDigest);
  for (const digest of [image.manifestDigest, image.configDigest]) {
    flipByte(store.blobPath(digest), 5);
    const named = (error: unknown) => isDistillError(error, "STORE_CORRUPT") && error.message.includes(digest);
    assert.throws(() => store.image("app"), named);
    flipByte(store.blobPath(digest), 5);
  }
  const digest = image.layers[0]?.diffID ?? digestOf("");
  writeFileSync(store.blobPath(digest), readFileSync(store.blobPath(digest)).subarray(0, 100));
  await assert.rejects(read(store.openBlob(digest)), { code: "STORE_CORRUPT", message: /100 bytes instead of/ });
});

test("a store of a newer distill is refused, and so is a damaged database", async (t) => {
  const root = temporaryDirectory(t);
  await Store.open(root).close();
  const database = new DatabaseSync(join(root, "store.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  assert.throws(() => Store.open(root), { code: "UNSUPPORTED", message: /schema 99/ });
  writeFileSync(join(root, "store.db"), "this is no database at all, whatever its name says".repeat(100));
  assert.throws(() => Store.open(root), { code: "STORE_CORRUPT" });
});
