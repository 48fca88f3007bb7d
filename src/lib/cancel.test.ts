import assert from "node:assert/strict";
import { test } from "node:test";
import { throwIfCancelled, untilCancelled } from "./cancel.ts";
import { exitStatusOf, isDistillError } from "./errors.ts";

test("only an aborted signal throws, and ends with status 130", () => {
  throwIfCancelled(undefined);
  throwIfCancelled(new AbortController().signal);
  assert.throws(
    () => throwIfCancelled(AbortSignal.abort()),
    (error) => isDistillError(error, "CANCELLED") && exitStatusOf(error) === 130,
  );
});

test("a stream ends in CANCELLED once the signal is aborted, and its source is closed", async () => {
  const control = new AbortController();
  let closed = false;
  const source = async function* () {
    try {
      for (let value = 0; ; value++) yield value;
    } finally {
      closed = true;
    }
  };
  const seen: number[] = [];
  const reading = async (): Promise<void> => {
    for await (const value of untilCancelled(source(), control.signal)) {
      seen.push(value);
      if (value === 2) control.abort();
    }
  };
  await assert.rejects(reading(), (error) => isDistillError(error, "CANCELLED"));
  assert.deepEqual([seen, closed], [[0, 1, 2], true]);
});

test("without a signal a stream is passed on whole", async () => {
  const source = async function* () {
    yield* [1, 2];
  };
  assert.deepEqual(await Array.fromAsync(untilCancelled(source(), undefined)), [1, 2]);
});
