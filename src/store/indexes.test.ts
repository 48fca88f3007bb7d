import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { MemoryBlobs, readAll } from "../../test/support/contents.ts";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import { once } from "../image/image.ts";
import { formatPlatform, parsePlatform } from "../image/platform.ts";
import { parseReference } from "../image/reference.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { databasePath } from "./context.ts";
import { Store } from "./store.ts";

const [AMD64, ARM64] = [parsePlatform("linux/amd64"), parsePlatform("linux/arm64")];
const APP = parseReference("app:latest");

/** Puts images for two platforms that share a layer, and an index of them; tagged. */
async function putBoth(store: Store): Promise<{ readonly index: Digest; readonly images: readonly Digest[] }> {
  await using lease = store.lease("test");
  const images: Digest[] = [];
  for (const [seed, platform] of [AMD64, ARM64].entries()) {
    const layers = [];
    for (const each of [100, seed]) layers.push((await store.writeLayer(lease, once(layerTar(each)))).diffID);
    images.push((await store.putImage(lease, { config: platform, layers })).manifestDigest);
  }
  const parts = [AMD64, ARM64].map((platform, index) => ({ digest: images[index] as Digest, platform }));
  const { digest } = await store.putIndex(lease, parts);
  store.tag(APP, digest);
  return { index: digest, images };
}

async function putForeign(
  store: Store,
  blobs: MemoryBlobs,
  index: Parameters<MemoryBlobs["content"]>[0],
): Promise<void> {
  await using lease = store.lease("test");
  await store.putContent(lease, blobs.content(index));
  store.tag(APP, index.digest);
}

const openStore = (t: TestContext): Store => Store.open(join(temporaryDirectory(t), "store"));

test("a name stands for an index, and for the image of each platform in it", async (t) => {
  await using store = openStore(t);
  const { index, images } = await putBoth(store);
  assert.equal(store.image("app", AMD64)?.manifestDigest, images[0]);
  assert.equal(store.image("app", ARM64)?.manifestDigest, images[1]);
  assert.equal(store.image("app", parsePlatform("linux/s390x")), undefined);
  assert.equal(store.image(images[1] as string)?.manifestDigest, images[1]);
  assert.deepEqual(
    store.index("app")?.images.map(({ platform, image }) => [formatPlatform(platform), image.manifestDigest]),
    [
      ["linux/amd64", images[0]],
      ["linux/arm64", images[1]],
    ],
  );
  assert.equal(store.index(index.slice(0, 20))?.digest, index);
  assert.equal(store.index(images[0] as string), undefined);
  assert.deepEqual(
    store.images().map(({ manifestDigest, configDigest }) => [manifestDigest, configDigest]),
    [[index, undefined]],
  );
});

test("the same images give the same index, whatever was stored before", async (t) => {
  await using one = openStore(t);
  await using other = openStore(t);
  await using lease = other.lease("test");
  await other.writeLayer(lease, once(layerTar(7)));
  assert.deepEqual(await putBoth(one), await putBoth(other));
});

test("prune keeps what an index names, and takes all of it when its name goes", async (t) => {
  await using store = openStore(t);
  const { index, images } = await putBoth(store);
  assert.deepEqual((await store.prune()).removed, []);
  assert.equal((await readAll(store.content("app") ?? assert.fail("an index"))).length, 9);
  store.tag(parseReference("arm:1"), images[1] as Digest);
  assert.ok(store.remove(APP));
  const { removed } = await store.prune();
  assert.ok(removed.some(({ digest }) => digest === index));
  assert.equal(store.index(index), undefined);
  assert.equal(store.image(images[0] as string), undefined);
  assert.equal(store.image("arm:1")?.manifestDigest, images[1]);
  assert.deepEqual(await store.verify(), []);
  store.remove(parseReference("arm:1"));
  await store.prune();
  assert.deepEqual((await store.prune()).removed, []);
});

test("verify says which index a lost manifest belongs to", async (t) => {
  await using store = openStore(t);
  const { images } = await putBoth(store);
  rmSync(store.blobPath(images[1] as Digest));
  const problems = await store.verify();
  assert.deepEqual(
    problems.map(({ digest, usedBy }) => [digest, usedBy]),
    [[images[1], ["docker.io/library/app:latest"]]],
  );
});

test("an index needs its images", async (t) => {
  await using store = openStore(t);
  await using lease = store.lease("test");
  await assert.rejects(store.putIndex(lease, [{ digest: digestOf("x"), platform: AMD64 }]), { code: "NO_SUCH_IMAGE" });
});

test("a foreign index is kept byte for byte, with its attestations and indexes inside it", async (t) => {
  await using store = openStore(t);
  const blobs = new MemoryBlobs();
  const inner = blobs.platforms("zstd");
  const index = blobs.index([inner, { ...blobs.image("schema 2", [9], "s390x") }]);
  await putForeign(store, blobs, index);
  const stored = store.content("app") ?? assert.fail("an index");
  assert.equal(stored.descriptor.digest, index.digest);
  const expected = await readAll(blobs.content(index));
  assert.deepEqual((await readAll(stored)).toSorted(), expected.toSorted());
  const platforms = store.index("app")?.images.map(({ platform }) => formatPlatform(platform));
  assert.deepEqual(platforms, ["linux/amd64", "linux/arm64", "linux/s390x"]);
  assert.deepEqual((await store.prune()).removed, []);
  assert.deepEqual(await store.verify(), []);
});

test("what is wrong in a foreign image never becomes visible", async (t) => {
  await using store = openStore(t);
  const blobs = new MemoryBlobs();
  const index = blobs.platforms("none");
  const tar = layerTar(3);
  blobs.blobs.set(digestOf(tar), layerTar(4));
  await assert.rejects(putForeign(store, blobs, index), { code: "DIGEST_MISMATCH" });
  assert.equal(store.content(index.digest), undefined);
  assert.deepEqual(store.images(), []);
  await store.prune();
  assert.deepEqual(await store.verify(), []);
});

test("a foreign layer that is not what the config says is refused", async (t) => {
  await using store = openStore(t);
  const blobs = new MemoryBlobs();
  const good = blobs.content(blobs.image("gzip", [1]));
  const other = blobs.content(blobs.image("gzip", [2]));
  if (good.kind !== "manifest" || other.kind !== "manifest") return assert.fail("images");
  const { encodeManifest } = await import("../image/manifest.ts");
  const liar = blobs.add(
    good.descriptor.mediaType,
    encodeManifest({ ...good.manifest, layers: other.manifest.layers }),
  );
  await assert.rejects(putForeign(store, blobs, liar), { code: "DIGEST_MISMATCH" });
  assert.equal(store.content(liar.digest), undefined);
});

test("an index names fresh images as others will see them", async (t) => {
  const [root, other] = [temporaryDirectory(t), temporaryDirectory(t)];
  await using store = Store.open(root);
  await using lease = store.lease("test");
  const { diffID } = await store.writeLayer(lease, once(layerTar(1)));
  const fresh = await store.putFreshImage(lease, { config: AMD64, layers: [diffID] });
  const index = await store.putIndex(lease, [{ digest: fresh.manifestDigest, platform: AMD64 }]);
  await store.prune();
  await using reference = Store.open(other);
  await using second = reference.lease("test");
  await reference.writeLayer(second, once(layerTar(1)));
  const image = await reference.putImage(second, { config: AMD64, layers: [diffID] });
  assert.deepEqual(
    index.images.map((each) => each.image.manifestDigest),
    [image.manifestDigest],
  );
  assert.deepEqual(await store.verify(), []);
});

test("a store of the first schema becomes one of this version, with its images", async (t) => {
  const root = join(temporaryDirectory(t), "store");
  let digest: Digest;
  {
    await using store = Store.open(root);
    await using lease = store.lease("test");
    const { diffID } = await store.writeLayer(lease, once(layerTar(1)));
    digest = (await store.putImage(lease, { config: AMD64, layers: [diffID] })).manifestDigest;
    store.tag(APP, digest);
  }
  const database = new DatabaseSync(databasePath(root));
  database.exec(`ALTER TABLE manifests DROP COLUMN kind; ALTER TABLE manifests DROP COLUMN packing;
    ALTER TABLE manifests DROP COLUMN used_at; ALTER TABLE steps DROP COLUMN used_at;
    DROP TABLE origins; DROP TABLE notes; DROP TABLE lease_snapshots; DROP TABLE snapshots; PRAGMA user_version = 1`);
  database.close();
  await using store = Store.open(root);
  assert.equal(store.image("app")?.manifestDigest, digest);
  await using lease = store.lease("test");
  const index = await store.putIndex(lease, [{ digest, platform: AMD64 }]);
  assert.equal(index.images.length, 1);
});
