import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import { type Image, once } from "../image/image.ts";
import { parseReference } from "../image/reference.ts";
import { type Digest, digestOf, hexOf } from "../lib/digest.ts";
import { ownIdentity, type ProcessIdentity, stateOf } from "../lib/process-identity.ts";
import type { Lease } from "./leases.ts";
import { Store } from "./store.ts";

const CONFIG = { architecture: "amd64", os: "linux" };
const APP = parseReference("app");

function openStore(t: TestContext): { store: Store; root: string } {
  const root = temporaryDirectory(t);
  const store = Store.open(root);
  t.after(() => store.close());
  return { store, root };
}

async function putTestImage(store: Store, lease: Lease, ...seeds: readonly number[]): Promise<Image> {
  const layers: Digest[] = [];
  for (const seed of seeds) layers.push((await store.writeLayer(lease, once(layerTar(seed)))).diffID);
  return store.putImage(lease, { config: CONFIG, layers });
}

const filesOf = (root: string): readonly string[] => readdirSync(join(root, "blobs", "sha256")).sort();
/** What an image built here needs: manifest, config, and each layer both as builds read it and as others see it. */
const blobsOf = (image: Image): string[] =>
  [
    ...[image.manifestDigest, image.configDigest],
    ...image.layers.map(({ diffID }) => diffID),
    ...image.manifest().layers.map(({ digest }) => digest),
  ]
    .map(hexOf)
    .sort();

/** Makes every lease of the store belong to `owner`. */
function giveLeasesTo(root: string, owner: Partial<ProcessIdentity> & { readonly created_at?: number }): void {
  const database = new DatabaseSync(join(root, "store.db"));
  for (const [column, value] of Object.entries(owner)) database.prepare(`UPDATE leases SET ${column} = ?`).run(value);
  database.close();
}

test("prune keeps what a name needs, layers in both forms, and removes the rest", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("test");
  const kept = await putTestImage(store, lease, 1, 2);
  const dropped = await putTestImage(store, lease, 1, 3);
  store.tag(APP, kept.manifestDigest);
  await lease.release();
  const planned = await store.prune({ dryRun: true });
  const report = await store.prune();
  assert.deepEqual(planned, report);
  assert.equal(report.removed.length, 4);
  assert.equal(
    report.bytes,
    report.removed.reduce((sum, { size }) => sum + size, 0),
  );
  assert.deepEqual(filesOf(root), blobsOf(kept));
  const [first] = kept.layers;
  assert.deepEqual(
    (await store.layer(first?.diffID ?? digestOf("")).compressed()).descriptor,
    kept.manifest().layers[0],
  );
  assert.equal(store.hasLayer(dropped.layers[1]?.diffID ?? digestOf("")), false);
  assert.equal(store.image(dropped.manifestDigest), undefined);
  assert.deepEqual(await store.verify(), []);
  assert.deepEqual((await store.prune()).removed, []);
});

test("what a live lease holds stays, until it is released", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("test");
  const image = await putTestImage(store, lease, 1);
  await lease.writeBlob(once(Buffer.from("loose")));
  assert.deepEqual((await store.prune()).removed, []);
  // Holding a manifest is enough to keep what it names.
  const second = store.lease("reader");
  assert.equal(second.hold(image.manifestDigest), true);
  assert.equal(second.hold(digestOf("nothing")), false);
  await lease.release();
  await lease.release();
  assert.deepEqual((await store.prune()).removed, [{ digest: digestOf("loose"), size: 5 }]);
  assert.deepEqual(filesOf(root), blobsOf(image));
  await second.release();
  await store.prune();
  assert.deepEqual(filesOf(root), []);
  await assert.rejects(lease.writeBlob(once(Buffer.from("x"))), /after its release/);
});

test("a lease of a dead process protects nothing, and its directory goes", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("test");
  await lease.writeBlob(once(Buffer.from("loose")));
  writeFileSync(join(lease.temporaryDirectory, "left"), "x");
  // This process's number, with the start time of another: the number was used again.
  giveLeasesTo(root, { process: `${ownIdentity().process}1` });
  const report = await store.prune();
  assert.deepEqual([report.removed.length, report.staleLeases], [1, 1]);
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
});

test("opening a store ends the leases of dead processes", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("test");
  giveLeasesTo(root, { process: `${ownIdentity().process}1` });
  await Store.open(root).close();
  assert.equal(existsSync(lease.temporaryDirectory), false);
});

test("a lease of another pid namespace counts for a day", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("test");
  await lease.writeBlob(once(Buffer.from("loose")));
  giveLeasesTo(root, { namespace: "pid:[1]", pid: 999_999_999 });
  assert.equal((await store.prune()).removed.length, 0);
  giveLeasesTo(root, { created_at: Date.now() - 25 * 3600 * 1000 });
  assert.equal((await store.prune()).removed.length, 1);
});

test("a process is known by its number, its start and its boot", async () => {
  assert.equal(stateOf(ownIdentity()), "alive");
  assert.equal(stateOf({ ...ownIdentity(), process: "another-boot/1" }), "dead");
  const child = spawn("sleep", ["30"]);
  const ended = new Promise((done) => child.once("exit", done));
  const noStart = { ...ownIdentity(), process: "", pid: child.pid ?? 0 };
  assert.equal(stateOf(noStart), "alive");
  child.kill("SIGKILL");
  await ended;
  assert.equal(stateOf(noStart), "dead");
});

test("files without a row go, a row without a file is reported", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("test");
  const image = await putTestImage(store, lease, 1);
  store.tag(APP, image.manifestDigest);
  await lease.release();
  const orphan = hexOf(digestOf("orphan"));
  writeFileSync(join(root, "blobs", "sha256", orphan), "orphan");
  writeFileSync(join(root, "blobs", "sha256", "README"), "not ours");
  mkdirSync(join(root, "tmp", "abandoned"));
  assert.equal((await store.prune({ dryRun: true })).orphans.length, 1);
  const report = await store.prune();
  assert.deepEqual(report.orphans, [{ digest: digestOf("orphan"), size: 6 }]);
  assert.deepEqual(filesOf(root), [...blobsOf(image), "README"].sort());
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
  const lost = image.layers[0]?.diffID ?? digestOf("");
  rmSync(store.blobPath(lost));
  assert.deepEqual((await store.prune()).missing, [lost]);
  assert.deepEqual(
    (await store.verify()).map(({ digest, usedBy }) => [digest, usedBy]),
    [[lost, ["docker.io/library/app:latest"]]],
  );
});

test("a step stays while an image needs its blobs, and protects none itself", async (t) => {
  const { store } = openStore(t);
  const lease = store.lease("test");
  const image = await putTestImage(store, lease, 1);
  store.tag(APP, image.manifestDigest);
  const [layer] = image.layers;
  const { digest } = await lease.writeBlob(once(Buffer.from("only a step's")));
  store.rememberStep("shared", 1, [layer?.diffID ?? digest]);
  store.rememberStep("own", 2, [digest]);
  store.rememberStep("none", 3, []);
  await lease.release();
  const report = await store.prune();
  assert.equal(report.steps, 2);
  assert.deepEqual(
    report.removed.map((blob) => blob.digest),
    [digest],
  );
  assert.equal(store.recallStep("shared"), 1);
  assert.equal(store.recallStep("own"), undefined);
  assert.equal(store.recallStep("none"), undefined);
});
