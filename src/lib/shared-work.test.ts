import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as tick } from "node:timers/promises";
import { SharedWork } from "./shared-work.ts";

test("who asks for the same key meanwhile gets the same work, who asks later new work", async () => {
  const shared = new SharedWork<string, number>(2);
  let runs = 0;
  const work = async (): Promise<number> => {
    await tick();
    return ++runs;
  };
  assert.deepEqual(await Promise.all([shared.do("a", work), shared.do("a", work), shared.do("b", work)]), [1, 1, 2]);
  assert.equal(await shared.do("a", work), 3);
});

test("no more than the limit runs at a time, and a failure gives its place to the next", async () => {
  const shared = new SharedWork<number, void>(2);
  let [running, most] = [0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await tick();
    running--;
    throw new Error("failed");
  };
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map((key) => shared.do(key, work)));
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.equal(most, 2);
});

test("closing stops what runs, starts nothing that waits, and returns when all has ended", async () => {
  const shared = new SharedWork<string, string>(1);
  let ended = false;
  const running = shared.do("running", async (signal) => {
    while (!signal.aborted) await tick();
    ended = true;
    return "stopped";
  });
  const waiting = assert.rejects(
    shared.do("waiting", async () => assert.fail("started")),
    { code: "CANCELLED" },
  );
  await tick();
  await shared.close();
  assert.equal(ended, true);
  assert.equal(await running, "stopped");
  await waiting;
  await assert.rejects(
    shared.do("late", async () => "never"),
    { code: "CANCELLED" },
  );
  await shared.close();
});
