import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import { once } from "../image/image.ts";
import { MediaType } from "../image/media-types.ts";
import { parsePacking } from "../image/packing.ts";
import { parseReference } from "../image/reference.ts";
import { digestOf, hexOf } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import { Store } from "./store.ts";

const SCRIPT = resolve(fileURLToPath(import.meta.url), "../../../test/support/store-image.ts");
const MEDIA_TYPES = { gzip: MediaType.ociLayerGzip, zstd: MediaType.ociLayerZstd, none: MediaType.ociLayer };
const CONFIG = { architecture: "amd64", os: "linux" };

const blobsOf = (root: string): readonly string[] => readdirSync(join(root, "blobs", "sha256"));

function leasesOf(root: string): readonly unknown[] {
  const database = new DatabaseSync(join(root, "store.db"));
  const rows = database.prepare("SELECT purpose FROM leases").all();
  database.close();
  return rows;
}

/** Waits until something is being written under a temporary name. */
async function writingBegins(root: string): Promise<void> {
  const temporary = join(root, "tmp");
  const files = () => readdirSync(temporary, { recursive: true }).map((name) => join(temporary, String(name)));
  while (!files().some((path) => statSync(path).isFile())) await sleep(1);
}

for (const compression of ["gzip", "zstd:5"]) {
  test(`one or four threads give the same ${compression} manifest, in stores that know nothing of each other`, async (t) => {
    const digests = ["1", "4"].map(async (threads) => {
      const env = { ...process.env, UV_THREADPOOL_SIZE: threads };
      const args = [SCRIPT, temporaryDirectory(t), compression];
      return (await promisify(execFile)(process.execPath, args, { env })).stdout;
    });
    const [one, four] = await Promise.all(digests);
    assert.match(one ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.equal(one, four);
  });
}

test("one image may be there in several packings: other manifests, the same config", async (t) => {
  const root = temporaryDirectory(t);
  const manifests = new Map<string, string>();
  const configs = new Set<string>();
  for (const text of ["gzip", "gzip:1", "zstd", "zstd:19", "none", "gzip:6"]) {
    await using store = Store.open(root, { packing: parsePacking(text) });
    await using lease = store.lease("test");
    const { diffID } = await store.writeLayer(lease, once(layerTar(1, 100_000)));
    const image = await store.putImage(lease, { config: CONFIG, layers: [diffID] });
    const [layer] = image.manifest().layers;
    assert.equal(layer?.mediaType, MEDIA_TYPES[text.split(":")[0] as keyof typeof MEDIA_TYPES]);
    assert.equal(
      digestOf(Buffer.concat(await Array.fromAsync(store.openBlob(layer?.digest ?? diffID)))),
      layer?.digest,
    );
    manifests.set(text, image.manifestDigest);
    configs.add(image.configDigest);
    store.tag(parseReference(`app:${text.replace(":", "-")}`), image.manifestDigest);
    assert.deepEqual(await store.verify(), []);
  }
  assert.equal(configs.size, 1);
  assert.equal(manifests.get("gzip"), manifests.get("gzip:6"));
  assert.equal(new Set(manifests.values()).size, 5);
  await using store = Store.open(root);
  assert.deepEqual((await store.prune()).removed, []);
});

for (const text of ["", "xz", "gzip:0", "gzip:10", "zstd:23", "zstd:-1", "none:1", "gzip:", "GZIP"]) {
  test(`${JSON.stringify(text)} is no compression`, () => {
    assert.throws(() => parsePacking(text), { code: "USAGE" });
  });
}

test("an image waits for layers that are packed in the background, and packs none twice", async (t) => {
  const root = temporaryDirectory(t);
  await using store = Store.open(root);
  await using lease = store.lease("test");
  const layers = [];
  for (const seed of [1, 2]) layers.push((await store.writeLayer(lease, once(layerTar(seed)))).diffID);
  for (const diffID of [...layers, ...layers]) store.packInBackground(diffID);
  const image = await store.putImage(lease, { config: CONFIG, layers: [...layers, ...layers.slice(0, 1)] });
  const named = [image.manifestDigest, image.configDigest, ...layers, ...image.manifest().layers.map((l) => l.digest)];
  assert.deepEqual(blobsOf(root).toSorted(), [...new Set(named.map(hexOf))].sort());
  assert.deepEqual(readdirSync(join(root, "tmp")), [lease.id]);
});

test("a layer that cannot be packed fails the image, not the background", async (t) => {
  const root = temporaryDirectory(t);
  await using store = Store.open(root);
  await using lease = store.lease("test");
  const { diffID } = await store.writeLayer(lease, once(layerTar(1)));
  const bytes = readFileSync(store.blobPath(diffID));
  writeFileSync(store.blobPath(diffID), bytes.fill(0, 1000, 1010));
  store.packInBackground(diffID);
  while (readdirSync(join(root, "tmp")).length > 1) await sleep(1);
  await assert.rejects(
    store.putImage(lease, { config: CONFIG, layers: [diffID] }),
    (error) => isDistillError(error, "STORE_CORRUPT") && error.message.includes(diffID),
  );
  assert.deepEqual(blobsOf(root), [hexOf(diffID)]);
});

test("closing a store ends packing, and leaves no lease, no file and no failure behind", async (t) => {
  const root = temporaryDirectory(t);
  const store = Store.open(root);
  const lease = store.lease("test");
  const { diffID } = await store.writeLayer(lease, once(randomBytes(32 << 20)));
  const second = await store.writeLayer(lease, once(layerTar(1)));
  store.packInBackground(diffID);
  store.packInBackground(second.diffID);
  const asked = assert.rejects(store.layer(diffID).compressed(), { code: "CANCELLED" });
  await writingBegins(root);
  await lease.release();
  await store.close();
  await asked;
  await store.close();
  store.packInBackground(diffID);
  assert.deepEqual(blobsOf(root).toSorted(), [diffID, second.diffID].map(hexOf).sort());
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
  assert.deepEqual(leasesOf(root), []);
});

test("two that pack the same layer of one store at once get one form, made by the first", async (t) => {
  const root = temporaryDirectory(t);
  await using first = Store.open(root);
  await using second = Store.open(root);
  await using lease = first.lease("test");
  const { diffID } = await first.writeLayer(lease, once(layerTar(400_000)));
  const blobs = await Promise.all([first, second].map((store) => store.layer(diffID).compressed()));
  assert.equal(blobs[0]?.descriptor.digest, blobs[1]?.descriptor.digest);
  assert.deepEqual(
    leasesOf(root).map((row) => (row as { purpose: string }).purpose),
    ["test"],
  );
});
