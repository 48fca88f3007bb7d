import assert from "node:assert/strict";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { Store } from "../store/store.ts";
import { pruneCacheMounts } from "./cache-mounts.ts";

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)];

interface Scene {
  readonly store: Store;
  readonly cacheDirectory: string;
  has(key: string): boolean;
}

/** Two caches, one of which was last used 2000 seconds after the epoch, the other one 3000. */
function scene(t: TestContext): Scene {
  const root = temporaryDirectory(t);
  const store = Store.open(join(root, "store"));
  t.after(() => store.close());
  const cacheDirectory = join(root, "cache");
  const pathOf = (key: string): string => join(cacheDirectory, "mounts", key);
  for (const [key, seconds] of [
    [OLD, 2000],
    [NEW, 3000],
  ] as const) {
    mkdirSync(join(pathOf(key), "root/0/sub"), { recursive: true });
    writeFileSync(join(pathOf(key), "root/0/sub/file"), "x".repeat(seconds));
    utimesSync(pathOf(key), seconds, seconds);
  }
  return { store, cacheDirectory, has: (key) => existsSync(pathOf(key)) };
}

test("all that nobody uses goes, and its size is told", async (t) => {
  const { has, ...means } = scene(t);
  const { removed, undeletable } = await pruneCacheMounts(means, { olderThan: 0, dryRun: false });
  assert.deepEqual(removed, [
    { key: OLD, bytes: 2000 },
    { key: NEW, bytes: 3000 },
  ]);
  assert.deepEqual([undeletable, has(OLD), has(NEW)], [[], false, false]);
});

test("what was used since then stays", async (t) => {
  const { has, ...means } = scene(t);
  await pruneCacheMounts(means, { olderThan: 500_000, dryRun: false, now: 3_100_000 });
  assert.deepEqual([has(OLD), has(NEW)], [false, true]);
});

test("what somebody uses stays, whatever its age", async (t) => {
  const { has, ...means } = scene(t);
  await using _lease = means.store.lease(`cache mount ${OLD} in use`);
  const { removed } = await pruneCacheMounts(means, { olderThan: 0, dryRun: false });
  assert.deepEqual(
    removed.map(({ key }) => key),
    [NEW],
  );
  assert.ok(has(OLD));
});

test("a dry run says the same and removes nothing", async (t) => {
  const { has, ...means } = scene(t);
  const { removed } = await pruneCacheMounts(means, { olderThan: 0, dryRun: true });
  assert.equal(removed.length, 2);
  assert.ok(has(OLD) && has(NEW));
});

test("what an earlier process did not get done is done", async (t) => {
  const { has: _, ...means } = scene(t);
  const left = join(means.cacheDirectory, "mounts/removed/x");
  mkdirSync(left, { recursive: true });
  await pruneCacheMounts(means, { olderThan: Number.POSITIVE_INFINITY, dryRun: false });
  assert.ok(!existsSync(left));
});

test("without any cache there is nothing to do", async (t) => {
  const means = { store: scene(t).store, cacheDirectory: temporaryDirectory(t) };
  assert.deepEqual(await pruneCacheMounts(means, { olderThan: 0, dryRun: false }), { removed: [], undeletable: [] });
});
