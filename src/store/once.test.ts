import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { parsePacking } from "../image/packing.ts";
import { isDistillError } from "../lib/errors.ts";
import { Store } from "./store.ts";

function openStore(t: TestContext): Store {
  const store = Store.open(temporaryDirectory(t), { packing: parsePacking("none") });
  t.after(() => store.close());
  return store;
}

test("work that is to be alone is never done twice at a time, and all of it is done", async (t) => {
  const store = openStore(t);
  let [now, most, done] = [0, 0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++now);
    await sleep(60);
    now--;
    done++;
  };
  await Promise.all(Array.from({ length: 6 }, () => store.alone("x", work, undefined)));
  assert.deepEqual([most, done], [1, 6]);
});

test("work for another purpose does not wait", async (t) => {
  const store = openStore(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = store.alone("x", () => promise, undefined);
  assert.equal(await store.alone("y", async () => 1, undefined), 1);
  resolve();
  await first;
});

test("whoever waits stops when it is cancelled, and the next one is not kept from it", async (t) => {
  const store = openStore(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = store.alone("x", () => promise, undefined);
  const controller = new AbortController();
  const waiting = store.alone("x", async () => assert.fail("it was cancelled"), controller.signal);
  controller.abort();
  await assert.rejects(waiting, (error) => isDistillError(error, "CANCELLED"));
  resolve();
  await first;
  assert.equal(await store.alone("x", async () => 2, undefined), 2);
});

test("work that fails gives the turn to the next one", async (t) => {
  const store = openStore(t);
  const failing = store.alone("x", () => Promise.reject(new Error("no")), undefined);
  const next = store.alone("x", async () => 3, undefined);
  await assert.rejects(failing, /no/);
  assert.equal(await next, 3);
});

test("numbers are the lowest that are free", async (t) => {
  const store = openStore(t);
  const ends = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const seen: number[] = [];
  const running: Promise<void>[] = [];
  for (const { promise } of ends) {
    running.push(
      store.withFreeNumber("x", (number) => {
        seen.push(number);
        return promise;
      }),
    );
    for (let attempt = 0; seen.length < running.length && attempt < 500; attempt++) await sleep(10);
  }
  assert.deepEqual(seen, [0, 1, 2]);
  ends[1]?.resolve();
  await running[1];
  await store.withFreeNumber("x", async (number) => assert.equal(number, 1));
  ends[0]?.resolve();
  ends[2]?.resolve();
  await Promise.all(running);
});

test("what nobody uses can be taken away, and what somebody uses cannot", async (t) => {
  const store = openStore(t);
  const lease = store.lease("cache mount abc in use");
  assert.equal(
    store.whileUnused("cache mount abc", () => assert.fail("it is used")),
    false,
  );
  assert.ok(store.whileUnused("cache mount ab%", () => {}));
  await lease.release();
  assert.ok(store.whileUnused("cache mount abc", () => {}));
});

test("nobody is at the same work, though all came in the same millisecond, or the clock went back", async (t) => {
  const store = openStore(t);
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  let [inside, most] = [0, 0];
  const order: number[] = [];
  const work = (index: number) => async (): Promise<void> => {
    most = Math.max(most, ++inside);
    order.push(index);
    await sleep(5);
    inside--;
  };
  const all = Array.from({ length: 12 }, (_, index) => {
    if (index === 6) t.mock.timers.setTime(500_000);
    return store.alone("lock", work(index), undefined);
  });
  await Promise.all(all);
  assert.equal(most, 1);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
});

test("free numbers are different ones, and free again afterwards", async (t) => {
  const store = openStore(t);
  const numbers = await Promise.all(
    Array.from({ length: 4 }, () =>
      store.withFreeNumber("number", async (number) => {
        await sleep(30);
        return number;
      }),
    ),
  );
  assert.deepEqual(numbers.toSorted(), [0, 1, 2, 3]);
  assert.equal(await store.withFreeNumber("number", async (number) => number), 0);
});
