import assert from "node:assert/strict";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { layerTar } from "../../test/support/images.ts";
import { randomNumbers } from "../../test/support/random.ts";
import { once } from "../image/image.ts";
import { parseReference } from "../image/reference.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import type { CacheLimits } from "./cache.ts";
import { Store } from "./store.ts";

const CONFIG = { architecture: "amd64", os: "linux" };
const HOUR = 3_600_000;
const NOW = Date.now();
const NO_LIMIT: CacheLimits = { maxBytes: Infinity, maxAgeMs: Infinity, now: NOW };

/** A store, and a way to say when something in it was last used. */
function scene(t: TestContext) {
  const root = temporaryDirectory(t);
  const store = Store.open(root);
  t.after(() => store.close());
  const change = (sql: string, ...values: readonly (string | number)[]): void => {
    const database = new DatabaseSync(join(root, "store.db"));
    database.prepare(sql).run(...values);
    database.close();
  };
  const read = (sql: string): unknown => {
    const database = new DatabaseSync(join(root, "store.db"));
    const row = database.prepare(sql).get();
    database.close();
    return Object.values(row ?? {})[0];
  };
  const usedAt = (table: "steps" | "manifests", key: string, time: number): void =>
    change(`UPDATE ${table} SET used_at = ? WHERE ${table === "steps" ? "key" : "digest"} = ?`, time, key);
  /** A step that keeps these blobs, of 1000 bytes each, and was used so many hours ago. */
  const step = async (key: string, hours: number, ...names: readonly string[]): Promise<void> => {
    await using lease = store.lease("build");
    const digests: Digest[] = [];
    for (const name of names) digests.push((await lease.writeBlob(once(contentOf(name)))).digest);
    store.rememberStep(key, key, digests);
    usedAt("steps", key, NOW - hours * HOUR);
  };
  /** An image of one layer, with this name or without one. */
  const image = async (seed: number, name?: string): Promise<Digest> => {
    await using lease = store.lease("build");
    const { diffID } = await store.writeLayer(lease, once(layerTar(seed)));
    const { manifestDigest } = await store.putImage(lease, { config: CONFIG, layers: [diffID] });
    if (name !== undefined) store.tag(parseReference(name), manifestDigest);
    return manifestDigest;
  };
  const has = (name: string): boolean => store.blob(digestOf(contentOf(name))) !== undefined;
  return { root, store, change, read, usedAt, step, image, has };
}

const contentOf = (name: string): Buffer => Buffer.alloc(1000, name);

test("of what only steps keep, the least recently used goes until the rest fits", async (t) => {
  const { store, step, has } = scene(t);
  await step("old", 3, "a", "shared");
  await step("middle", 2, "b", "shared");
  await step("new", 1, "c");
  const report = await store.prune({ keep: { ...NO_LIMIT, maxBytes: 3000 } });
  assert.deepEqual([report.steps, report.bytes], [1, 1000]);
  assert.deepEqual(["a", "b", "c", "shared"].map(has), [false, true, true, true]);
  assert.deepEqual(
    ["old", "middle", "new"].map((key) => store.recallStep(key)),
    [undefined, "middle", "new"],
  );
  assert.deepEqual(await store.verify(), []);
});

test("what names and leases keep does not count, and steps that cost nothing stay", async (t) => {
  const { store, step, image, has } = scene(t);
  const named = await image(1, "app");
  await step("of an image", 9);
  store.rememberStep("of an image", 1, [digestOf(layerTar(1))]);
  await step("of nothing", 8);
  await step("of a build", 7, "a");
  await step("new", 1, "b");
  await using lease = store.lease("running");
  lease.hold(digestOf(contentOf("a")));
  await store.prune({ keep: { ...NO_LIMIT, maxBytes: 0 } });
  assert.deepEqual(["a", "b"].map(has), [true, false]);
  assert.deepEqual(
    ["of an image", "of nothing", "of a build", "new"].map((key) => store.recallStep(key)),
    [1, "of nothing", "of a build", undefined],
  );
  assert.ok(store.image(named));
  assert.deepEqual(await store.verify(), []);
});

test("what was not used for longer than the limit goes, whatever its size", async (t) => {
  const { store, step, has } = scene(t);
  await step("old", 25, "a");
  await step("empty", 25);
  await step("new", 23, "b");
  const keep = { ...NO_LIMIT, maxAgeMs: 24 * HOUR };
  assert.deepEqual(await store.prune({ dryRun: true, keep }), await store.prune({ keep }));
  assert.deepEqual(["a", "b"].map(has), [false, true]);
  assert.deepEqual([store.recallStep("empty"), store.recallStep("new")], [undefined, "new"]);
});

test("an image without a name is kept like a step, with all that it needs", async (t) => {
  const { store, image, usedAt, step } = scene(t);
  const [old, recent] = [await image(1), await image(2)];
  usedAt("manifests", old, NOW - 50 * HOUR);
  await step("of its layer", 60);
  store.rememberStep("of its layer", 1, [digestOf(layerTar(2))]);
  await store.prune({ keep: { ...NO_LIMIT, maxAgeMs: 40 * HOUR } });
  assert.equal(store.image(old), undefined);
  assert.ok(store.image(recent));
  assert.deepEqual(await store.verify(), []);
  assert.equal(store.recallStep("of its layer"), 1);
  await store.prune({ keep: { ...NO_LIMIT, maxBytes: 10_000 } });
  assert.equal(store.image(recent), undefined);
  assert.deepEqual(await store.verify(), []);
});

test("a packed layer stays with the step that keeps the layer", async (t) => {
  const { store, image } = scene(t);
  const digest = await image(1);
  const packed = store.image(digest)?.manifest().layers[0]?.digest ?? digestOf("");
  store.rememberStep("layer", 1, [digestOf(layerTar(1))]);
  await store.prune({ keep: { ...NO_LIMIT, maxBytes: 42_000 } });
  assert.ok(store.blob(packed));
  assert.ok(store.blob(digestOf(layerTar(1))));
});

test("a blob that belongs to nothing is as old as its file", async (t) => {
  const { store, root } = scene(t);
  {
    await using lease = store.lease("pull that broke off");
    for (const name of ["old", "new"]) await lease.writeBlob(once(contentOf(name)));
  }
  const [old, recent] = [digestOf(contentOf("old")), digestOf(contentOf("new"))];
  utimesSync(store.blobPath(old), NOW / 1000, NOW / 1000 - 100_000);
  const partial = join(root, "tmp", "partial");
  mkdirSync(partial, { recursive: true });
  for (const name of ["old", "new"]) writeFileSync(join(partial, name), name);
  utimesSync(join(partial, "old"), NOW / 1000, NOW / 1000 - 100_000);
  await store.prune({ keep: { ...NO_LIMIT, maxAgeMs: 24 * HOUR } });
  assert.deepEqual([store.blob(old), store.blob(recent)?.size], [undefined, 1000]);
  assert.deepEqual(
    ["old", "new"].map((name) => existsSync(join(partial, name))),
    [false, true],
  );
  await store.prune();
  assert.deepEqual([store.blob(recent), existsSync(partial)], [undefined, false]);
});

test("a collection does something once an hour, in whatever process", async (t) => {
  const { root, store, step, has } = scene(t);
  await using second = Store.open(root);
  const limits = { maxBytes: 0, maxAgeMs: Infinity };
  assert.equal((await store.collectCache({ ...limits, now: NOW }))?.steps, 0);
  await step("a", 1, "a");
  for (const each of [store, second])
    assert.equal(await each.collectCache({ ...limits, now: NOW + HOUR - 1 }), undefined);
  assert.equal(has("a"), true);
  const reports = await Promise.all([store, second].map((each) => each.collectCache({ ...limits, now: NOW + HOUR })));
  assert.deepEqual(
    reports.map((report) => report?.steps),
    [1, undefined],
  );
  assert.equal(has("a"), false);
  // A clock that was set back puts nothing off.
  assert.notEqual(await store.collectCache({ ...limits, now: NOW - 5 * HOUR }), undefined);
});

test("a recall notes the use once an hour, and not of a time that is yet to come", async (t) => {
  const { store, step, read, usedAt } = scene(t);
  await step("a", 2, "a");
  const time = (): number => read("SELECT used_at FROM steps") as number;
  store.recallStep("a");
  const first = time();
  assert.ok(first >= NOW);
  usedAt("steps", "a", first - HOUR / 2);
  store.recallStep("a");
  assert.equal(time(), first - HOUR / 2);
  usedAt("steps", "a", first + 1000 * HOUR);
  await using lease = store.lease("build");
  store.recallStep("a", lease);
  assert.ok(time() < first + HOUR);
});

test("what stays is what stays when the oldest is dropped until the rest fits", async (t) => {
  const next = randomNumbers(6);
  const pick = (limit: number): number => Math.floor(next() * limit);
  for (let round = 0; round < 12; round++) {
    const { store, step, has } = scene(t);
    const names = Array.from({ length: 8 }, (_, index) => `blob ${index}`);
    const steps: { readonly key: string; readonly blobs: readonly string[] }[] = [];
    // From the oldest on.
    for (let index = 0; index < 8; index++) {
      const blobs = names.filter(() => pick(4) === 0);
      steps.push({ key: `step ${index}`, blobs });
      await step(`step ${index}`, 100 - index, ...blobs);
    }
    const held = names.filter(() => pick(5) === 0);
    await using lease = store.lease("running");
    const isHeld = new Set(held.filter((name) => lease.hold(digestOf(contentOf(name)))));
    const limit = pick(7) * 1000;
    const remaining = [...steps];
    const kept = (): ReadonlySet<string> => new Set(remaining.flatMap(({ blobs }) => blobs));
    while ([...kept()].filter((name) => !isHeld.has(name)).length * 1000 > limit) remaining.shift();
    const expected = names.filter((name) => isHeld.has(name) || kept().has(name));
    await store.prune({ keep: { ...NO_LIMIT, maxBytes: limit } });
    assert.deepEqual(names.filter(has), expected, `round ${round}`);
    for (const { key } of remaining) assert.equal(store.recallStep(key), key);
  }
});
