import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { Store } from "./store.ts";

function openStore(t: TestContext): { store: Store; root: string } {
  const root = temporaryDirectory(t);
  const store = Store.open(root);
  t.after(() => store.close());
  return { store, root };
}

const directoriesOf = (root: string): readonly string[] => readdirSync(join(root, "snapshots")).sort();

test("a draft is found by nobody until it is complete", async (t) => {
  const { store } = openStore(t);
  await using lease = store.lease("build");
  const draft = store.draftSnapshot(lease);
  assert.equal(store.findSnapshot(lease, "key"), undefined);
  draft.complete("key", 5);
  assert.equal(store.findSnapshot(lease, "key")?.directory, draft.directory);
});

test("of two that make the same one, the first stays, and each keeps his own", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("build");
  const [first, second] = [store.draftSnapshot(lease), store.draftSnapshot(lease)];
  first.complete("key", 1);
  second.complete("key", 1);
  assert.equal(store.findSnapshot(lease, "key")?.id, first.id);
  assert.equal(directoriesOf(root).length, 2);
  await lease.release();
  store.sweepSnapshots();
  assert.deepEqual(directoriesOf(root), [String(first.id)]);
});

test("what failed work leaves goes, and what a lease holds stays", async (t) => {
  const { store, root } = openStore(t);
  const failed = store.lease("failed");
  writeFileSync(join(root, "snapshots", store.draftSnapshot(failed).directory, "file"), "x");
  await failed.release();
  await using working = store.lease("working");
  const draft = store.draftSnapshot(working);
  assert.deepEqual(store.sweepSnapshots(), []);
  assert.deepEqual(directoriesOf(root), [String(draft.id)]);
});

test("prune says what would go, and takes it; what a lease holds stays", async (t) => {
  const { store, root } = openStore(t);
  const [one, two] = [store.lease("one"), store.lease("two")];
  const held = store.draftSnapshot(two);
  for (const [index, draft] of [store.draftSnapshot(one), store.draftSnapshot(one), held].entries()) {
    draft.complete(`key ${index}`, 100);
  }
  await one.release();
  assert.deepEqual((await store.prune({ dryRun: true })).snapshots, { count: 2, bytes: 200 });
  assert.equal(directoriesOf(root).length, 3);
  assert.deepEqual((await store.prune()).snapshots, { count: 2, bytes: 200 });
  assert.deepEqual(directoriesOf(root), [String(held.id)]);
  await two.release();
});

test("within limits, those that were used last stay", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("build");
  const drafts = [0, 1, 2].map(() => store.draftSnapshot(lease));
  for (const [index, draft] of drafts.entries()) draft.complete(`key ${index}`, 100);
  await lease.release();
  const database = new DatabaseSync(join(root, "store.db"));
  for (const [index, { id }] of drafts.entries()) {
    database.prepare("UPDATE snapshots SET used_at = ? WHERE id = ?").run(1000 + index, id);
  }
  database.close();
  const keep = { maxBytes: 200, maxAgeMs: Number.POSITIVE_INFINITY };
  assert.deepEqual((await store.prune({ keep })).snapshots, { count: 1, bytes: 100 });
  assert.deepEqual(
    directoriesOf(root),
    drafts.slice(1).map(({ id }) => String(id)),
  );
  const young = { maxBytes: Number.POSITIVE_INFINITY, maxAgeMs: 10, now: 1012 };
  assert.equal((await store.prune({ keep: young })).snapshots.count, 1);
});

test("those of an earlier boot do not count: nothing of them was flushed", async (t) => {
  const { store, root } = openStore(t);
  const lease = store.lease("build");
  store.draftSnapshot(lease).complete("key", 1);
  const database = new DatabaseSync(join(root, "store.db"));
  database.exec("UPDATE snapshots SET boot = 'an earlier one'");
  database.close();
  assert.equal(store.findSnapshot(lease, "key"), undefined);
  const again = store.draftSnapshot(lease);
  again.complete("key", 1);
  assert.equal(store.findSnapshot(lease, "key")?.id, again.id);
  await lease.release();
});
