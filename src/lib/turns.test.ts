import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "./errors.ts";
import { Turns } from "./turns.ts";

test("others have their turn after some work, and not before", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1000 });
  const turns = new Turns(undefined);
  assert.equal(turns.due, false);
  t.mock.timers.tick(51);
  assert.equal(turns.due, true);
  let had = false;
  setImmediate(() => {
    had = true;
  });
  await turns.give();
  assert.deepEqual([had, turns.due], [true, false]);
});

test("who was interrupted meanwhile does not go on", async () => {
  const abort = new AbortController();
  const turns = new Turns(abort.signal);
  setImmediate(() => abort.abort());
  await assert.rejects(turns.give(), (error) => isDistillError(error, "CANCELLED"));
});
