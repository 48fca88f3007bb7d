import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { mapLimited } from "./concurrency.ts";

test("results keep the order of the items, and no more calls run than the limit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (delays, limit) => {
        let [running, most] = [0, 0];
        const results = await mapLimited(delays, limit, async (delay, index) => {
          most = Math.max(most, ++running);
          for (let turn = 0; turn < delay; turn++) await Promise.resolve();
          running--;
          return index;
        });
        assert.deepEqual(results, [...delays.keys()]);
        assert.equal(most, Math.min(limit, delays.length));
      },
    ),
    { numRuns: 100 },
  );
});

test("the first failure is thrown once no call runs any more, and nothing new is begun", async () => {
  const begun: number[] = [];
  let finished = false;
  const work = mapLimited([0, 1, 2, 3], 2, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error("first");
    await sleep(10);
    finished = true;
    throw new Error("second");
  });
  await assert.rejects(work, /first/);
  assert.deepEqual([begun, finished], [[0, 1], true]);
});

test("a limit below 1 does the work one at a time", async () => {
  for (const limit of [0, -1, 0.5]) assert.deepEqual(await mapLimited([1, 2], limit, async (item) => item), [1, 2]);
});

test("no items are no work", async () => {
  assert.deepEqual(await mapLimited([], 4, () => assert.fail()), []);
});
