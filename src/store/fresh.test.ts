import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar, memoryBlob } from "../../test/support/images.ts";
import { encodeConfig } from "../image/config.ts";
import { type Image, imageBlobs, once } from "../image/image.ts";
import { encodeManifest } from "../image/manifest.ts";
import { MediaType } from "../image/media-types.ts";
import { parsePacking } from "../image/packing.ts";
import { parseReference } from "../image/reference.ts";
import { type Digest, digestOf, hexOf } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import type { LayerPart } from "./images.ts";
import type { Lease } from "./leases.ts";
import { Store } from "./store.ts";

const CONFIG = { architecture: "amd64", os: "linux" };
const APP = parseReference("app");

function openStore(t: TestContext, packing = "gzip", root = temporaryDirectory(t)): Store {
  const store = Store.open(root, { packing: parsePacking(packing) });
  t.after(() => store.close());
  return store;
}

async function writeLayers(store: Store, lease: Lease, ...seeds: readonly number[]): Promise<readonly Digest[]> {
  const layers: Digest[] = [];
  for (const seed of seeds) layers.push((await store.writeLayer(lease, once(layerTar(seed)))).diffID);
  return layers;
}

/** A fresh image called `app`, held by its name only. */
async function freshApp(store: Store, ...seeds: readonly number[]): Promise<Image> {
  await using lease = store.lease("build");
  const image = await store.putFreshImage(lease, { config: CONFIG, layers: await writeLayers(store, lease, ...seeds) });
  store.tag(APP, image.manifestDigest);
  return image;
}

/** What `putImage` makes of the same layers in a store that knows nothing else. */
async function packedAlone(t: TestContext, packing: string, ...seeds: readonly number[]): Promise<Image> {
  const store = openStore(t, packing);
  await using lease = store.lease("build");
  return await store.putImage(lease, { config: CONFIG, layers: await writeLayers(store, lease, ...seeds) });
}

/** An image as it comes from a registry, its one layer packed as nobody here would. */
async function pulledBase(store: Store, lease: Lease): Promise<Image> {
  const tar = layerTar(7);
  const layer = memoryBlob(MediaType.dockerLayerGzip, gzipSync(tar, { level: 1 }));
  const rawConfig = encodeConfig({ ...CONFIG, rootfs: { type: "layers", diff_ids: [digestOf(tar)] } });
  const config = memoryBlob(MediaType.dockerConfig, rawConfig);
  for (const blob of [layer, config]) await lease.receiveBlob(blob);
  const manifest = { mediaType: MediaType.dockerManifest, config: config.descriptor, layers: [layer.descriptor] };
  return await store.putManifest(lease, encodeManifest(manifest));
}

const blobsOf = (store: Store): readonly string[] => readdirSync(join(store.blobPath(digestOf("")), "..")).sort();

for (const packing of ["gzip", "zstd:5"]) {
  test(`a fresh image packs nothing, and settles to what ${packing} makes of its layers at once`, async (t) => {
    const store = openStore(t, packing);
    const fresh = await freshApp(store, 1, 2);
    assert.equal(fresh.settled, false);
    const diffIDs = fresh.layers.map(({ diffID }) => diffID);
    assert.deepEqual(
      fresh.manifest().layers.map(({ mediaType, digest }) => [mediaType, digest]),
      diffIDs.map((diffID) => [MediaType.ociLayer, diffID]),
    );
    assert.deepEqual(blobsOf(store), [...diffIDs, fresh.configDigest, fresh.manifestDigest].map(hexOf).sort());
    assert.equal(store.isSettled("app"), false);
    const expected = await packedAlone(t, packing, 1, 2);
    assert.equal(await store.settle("app"), expected.manifestDigest);
    const image = store.image("app");
    assert.deepEqual(image?.rawManifest(), expected.rawManifest());
    assert.equal(image?.configDigest, fresh.configDigest);
    assert.deepEqual([image?.settled, store.isSettled("app")], [true, true]);
    assert.equal(await store.settle("app"), expected.manifestDigest);
    // What stood for it between is no longer needed.
    assert.deepEqual(
      (await store.prune()).removed.map(({ digest }) => digest),
      [fresh.manifestDigest],
    );
    for (const blob of image === undefined ? [] : imageBlobs(image)) for await (const _ of blob.open());
    assert.deepEqual(await store.verify(), []);
  });
}

test("it is packed as the store that made it packs, whoever settles it", async (t) => {
  const root = temporaryDirectory(t);
  await freshApp(openStore(t, "zstd:5", root), 1);
  assert.equal(await openStore(t, "gzip", root).settle("app"), (await packedAlone(t, "zstd:5", 1)).manifestDigest);
});

test("an image whose layers are all packed, or are not to be packed, is settled at once", async (t) => {
  const store = openStore(t);
  await freshApp(store, 1, 2);
  const settled = await store.settle("app");
  assert.equal((await freshApp(store, 1, 2)).manifestDigest, settled);
  assert.equal((await freshApp(store, 2)).settled, true);
  assert.equal((await freshApp(store, 2, 3)).settled, false);
  const plain = await freshApp(openStore(t, "none"), 1);
  assert.equal(plain.settled, true);
  assert.equal(plain.manifestDigest, (await packedAlone(t, "none", 1)).manifestDigest);
});

test("a fresh image is never taken for one whose layers are sent as they are", async (t) => {
  const root = temporaryDirectory(t);
  const plain = await freshApp(openStore(t, "none", root), 1);
  const fresh = await freshApp(openStore(t, "gzip", root), 1);
  assert.equal(fresh.configDigest, plain.configDigest);
  const store = openStore(t, "gzip", root);
  assert.equal(await store.settle(plain.manifestDigest), plain.manifestDigest);
  assert.equal(await store.settle(fresh.manifestDigest), (await packedAlone(t, "gzip", 1)).manifestDigest);
});

test("layers of a base stay as they came, whatever else the store has of them", async (t) => {
  const digests = new Set<Digest | undefined>();
  for (const before of ["nothing", "unpacked", "built here"]) {
    const store = openStore(t);
    await using lease = store.lease("build");
    if (before === "built here") await writeLayers(store, lease, 7);
    const base = await pulledBase(store, lease);
    if (before === "unpacked") await store.plainLayer(lease, digestOf(layerTar(7)));
    const layers: readonly LayerPart[] = [...store.baseLayers(base), ...(await writeLayers(store, lease, 1))];
    const fresh = await store.putFreshImage(lease, { config: CONFIG, layers });
    const [first, second] = fresh.manifest().layers;
    assert.deepEqual(first, { ...base.manifest().layers[0], mediaType: MediaType.ociLayerGzip }, before);
    assert.equal(second?.digest, digestOf(layerTar(1)));
    digests.add(await store.settle(fresh.manifestDigest));
    digests.add((await store.putImage(lease, { config: CONFIG, layers })).manifestDigest);
    assert.deepEqual(await store.verify(), []);
  }
  assert.equal(digests.size, 1);
});

test("what is built on an image that was made here is the same, whether that was settled or not", async (t) => {
  const store = openStore(t);
  const fresh = await freshApp(store, 1, 2);
  const before = store.baseLayers(fresh);
  assert.deepEqual(
    before,
    fresh.layers.map(({ diffID }) => diffID),
  );
  await store.settle("app");
  const settled = store.image("app");
  assert.deepEqual(settled && store.baseLayers(settled), before);
});

test("a form that the store does not know is refused as a layer", async (t) => {
  const store = openStore(t);
  await using lease = store.lease("build");
  const base = await pulledBase(store, lease);
  const [diffID] = await writeLayers(store, lease, 1);
  const packed = base.manifest().layers[0];
  assert.ok(diffID && packed);
  const parts = { config: CONFIG, layers: [{ diffID, packed }] };
  await assert.rejects(store.putFreshImage(lease, parts), { code: "STORE_CORRUPT" });
});

test("it is found by its image ID, which stands for what others see as soon as there is that", async (t) => {
  const store = openStore(t);
  const fresh = await freshApp(store, 1);
  const id = fresh.configDigest;
  for (const name of [id, hexOf(id), hexOf(id).slice(0, 12), id.slice(0, 12)]) {
    assert.equal(store.image(name)?.manifestDigest, fresh.manifestDigest, name);
  }
  const settled = await store.settle(hexOf(id).slice(0, 12));
  for (const name of ["app", id, hexOf(id).slice(0, 12)])
    assert.equal(store.image(name)?.manifestDigest, settled, name);
  assert.equal(await store.settle("other"), undefined);
});

test("settling moves every name of the image, and none that was given to another meanwhile", async (t) => {
  const store = openStore(t);
  const [other, fresh] = [await packedAlone(t, "gzip", 9), await freshApp(store, 1)];
  await using lease = store.lease("other");
  await store.putImage(lease, { config: CONFIG, layers: await writeLayers(store, lease, 9) });
  const [second, third] = [parseReference("second"), parseReference("third")];
  for (const name of [second, third]) store.tag(name, fresh.manifestDigest);
  const settling = store.settle("app");
  store.tag(third, other.manifestDigest);
  const settled = await settling;
  assert.deepEqual(
    store.images().map(({ reference, manifestDigest }) => [reference, manifestDigest]),
    [
      ["docker.io/library/app:latest", settled],
      ["docker.io/library/second:latest", settled],
      ["docker.io/library/third:latest", other.manifestDigest],
    ],
  );
});

test("several that settle one image at once agree", async (t) => {
  const root = temporaryDirectory(t);
  const stores = [openStore(t, "gzip", root), openStore(t, "gzip", root)];
  const fresh = await freshApp(stores[0] as Store, 1, 2, 3);
  const names = ["app", fresh.configDigest, fresh.manifestDigest];
  const digests = await Promise.all(stores.flatMap((store) => names.map((name) => store.settle(name))));
  assert.deepEqual(new Set(digests), new Set([(await packedAlone(t, "gzip", 1, 2, 3)).manifestDigest]));
  assert.deepEqual(await stores[0]?.verify(), []);
});

test("what settling gives is held by the lease, name or no name", async (t) => {
  const store = openStore(t);
  await using lease = store.lease("build");
  const fresh = await store.putFreshImage(lease, { config: CONFIG, layers: await writeLayers(store, lease, 1) });
  const settled = await store.settle(fresh.manifestDigest, undefined, lease);
  assert.deepEqual((await store.prune()).removed, []);
  assert.ok(settled && store.image(settled)?.settled);
});

test("prune keeps the layers of a fresh image, and verify misses one that is gone", async (t) => {
  const store = openStore(t);
  const fresh = await freshApp(store, 1);
  const report = await store.prune();
  assert.deepEqual([report.removed, report.missing], [[], []]);
  assert.deepEqual(await store.verify(), []);
  const diffID = digestOf(layerTar(1));
  rmSync(store.blobPath(diffID));
  assert.deepEqual(
    (await store.verify()).map(({ digest, usedBy }) => [digest, usedBy]),
    [[diffID, ["docker.io/library/app:latest"]]],
  );
  await assert.rejects(store.settle("app"), { code: "STORE_CORRUPT" });
  assert.equal(store.image("app")?.manifestDigest, fresh.manifestDigest);
});

test("settling that is cancelled leaves the image fresh", async (t) => {
  const store = openStore(t);
  const fresh = await freshApp(store, 1);
  await assert.rejects(store.settle("app", AbortSignal.abort()), { code: "CANCELLED" });
  assert.equal(store.image("app")?.manifestDigest, fresh.manifestDigest);
});

test("a packed layer is unpacked for whoever needs it plain, once, and held", async (t) => {
  const store = openStore(t);
  await using lease = store.lease("build");
  const base = await pulledBase(store, lease);
  const tar = layerTar(7);
  assert.equal(base.layers[0]?.plainFile, undefined);
  const paths = await Promise.all([1, 2, 3].map(() => store.plainLayer(lease, digestOf(tar))));
  assert.deepEqual(new Set(paths), new Set([store.blobPath(digestOf(tar))]));
  assert.equal(store.blob(digestOf(tar))?.size, tar.length);
  assert.deepEqual((await store.prune()).removed, []);
  assert.deepEqual(await store.verify(), []);
  const [own] = await writeLayers(store, lease, 1);
  assert.equal(await store.plainLayer(lease, own ?? digestOf("")), store.blobPath(digestOf(layerTar(1))));
});

test("a layer that is missing, or packed wrongly, is not unpacked", async (t) => {
  const store = openStore(t);
  await using lease = store.lease("build");
  await assert.rejects(store.plainLayer(lease, digestOf("none")), { code: "STORE_CORRUPT" });
  const base = await pulledBase(store, lease);
  const packed = base.manifest().layers[0]?.digest ?? digestOf("");
  const other = gzipSync(layerTar(8), { level: 1 });
  for (const damage of [Buffer.alloc(other.length, 1), other]) {
    writeFileSync(store.blobPath(packed), damage);
    await assert.rejects(store.plainLayer(lease, digestOf(layerTar(7))), (error) => isDistillError(error));
  }
  rmSync(store.blobPath(packed));
  await assert.rejects(store.plainLayer(lease, digestOf(layerTar(7))), { code: "STORE_CORRUPT" });
  assert.equal(store.blob(digestOf(layerTar(7))), undefined);
  await assert.rejects(store.plainLayer(lease, digestOf(layerTar(7)), AbortSignal.abort()), { code: "CANCELLED" });
});
