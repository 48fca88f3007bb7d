import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { once } from "../image/image.ts";
import { progressTo } from "../lib/progress.ts";
import { Store } from "../store/store.ts";
import { cacheLimits, collectCache, limitsFrom } from "./collect-cache.ts";

const DAY = 86_400_000;

test("builds leave 10 GiB for 30 days, or what the environment says", () => {
  assert.deepEqual(cacheLimits({}), { maxBytes: 10 * 2 ** 30, maxAgeMs: 30 * DAY });
  assert.deepEqual(cacheLimits({ DISTILL_CACHE_SIZE: "2GB" }), { maxBytes: 2e9, maxAgeMs: 30 * DAY });
  assert.throws(() => cacheLimits({ DISTILL_CACHE_SIZE: "much" }), {
    code: "USAGE",
    message: 'DISTILL_CACHE_SIZE is "much", which is no size',
  });
});

test("a prune keeps nothing, unless one of the two says so", () => {
  assert.equal(limitsFrom(undefined, undefined), undefined);
  assert.deepEqual(limitsFrom("1GB", undefined), { maxBytes: 1e9, maxAgeMs: Number.POSITIVE_INFINITY });
  assert.deepEqual(limitsFrom(undefined, "7d"), { maxBytes: Number.POSITIVE_INFINITY, maxAgeMs: 7 * DAY });
  assert.deepEqual(limitsFrom("0", "1h"), { maxBytes: 0, maxAgeMs: DAY / 24 });
  assert.throws(() => limitsFrom("x", undefined), { code: "USAGE", message: /^--keep-cache/ });
  assert.throws(() => limitsFrom(undefined, "x"), { code: "USAGE", message: /^--older-than/ });
});

test("a cache that cannot be collected is a warning, since the build is done", async (t) => {
  const store = Store.open(join(temporaryDirectory(t), "store"));
  t.after(() => store.close());
  const said: string[] = [];
  const progress = progressTo((event) => {
    if (event.kind === "note") said.push(event.text);
  });
  await using lease = store.lease("build");
  const { digest } = await lease.writeBlob(once(Buffer.from("x")));
  store.rememberStep("step", 1, [digest]);
  await lease.release();
  t.mock.method(store, "collectCache", () => store.layer(digest));
  await collectCache({ store, cacheDirectory: "" }, cacheLimits({}), progress);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /^what builds no longer need could not be removed: layer .* is not in the store$/);
});
