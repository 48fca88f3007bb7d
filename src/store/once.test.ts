import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { parsePacking } from "../image/packing.ts";
import { Store } from "./store.ts";

function openStore(t: TestContext): Store {
  const store = Store.open(temporaryDirectory(t), { packing: parsePacking("none") });
  t.after(() => store.close());
  return store;
}

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
