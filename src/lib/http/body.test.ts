import assert from "node:assert/strict";
import { test } from "node:test";
import { Body } from "./body.ts";

/** What undici hands to a reader; `onResume` is what arrives as soon as the reader wants more. */
function controller(onResume: () => void) {
  return {
    aborted: false,
    paused: false,
    reason: null,
    rawHeaders: null,
    rawTrailers: null,
    abort() {
      this.aborted = true;
    },
    pause() {
      this.paused = true;
    },
    resume() {
      this.paused = false;
      onResume();
    },
  };
}

test("what arrives while the reader asks for more is not missed", { timeout: 5000 }, async () => {
  const pieces = ["a", "b", "c"];
  const body: Body = new Body(
    controller(() => {
      const next = pieces.shift();
      if (next === undefined) body.end();
      else body.push(Buffer.from(next));
    }),
  );
  assert.equal(Buffer.concat(await Array.fromAsync(body)).toString(), "abc");
});

test("a reader that is behind holds the sender up, and one that catches up lets it go on", async () => {
  const from = controller(() => body.end());
  const body: Body = new Body(from);
  for (let pushed = 0; pushed < 5; pushed++) body.push(Buffer.alloc(300_000));
  assert.equal(from.paused, true);
  assert.equal(Buffer.concat(await Array.fromAsync(body)).length, 1_500_000);
  assert.equal(from.paused, false);
});

test("a failure comes behind what arrived before it", async () => {
  const body: Body = new Body(controller(() => {}));
  body.push(Buffer.from("a"));
  body.fail(new Error("cut"));
  const read: string[] = [];
  await assert.rejects(async () => {
    for await (const chunk of body) read.push(Buffer.from(chunk).toString());
  }, /cut/);
  assert.deepEqual(read, ["a"]);
});

test("a reader that stops, or drops more than is worth reading, closes the connection", { timeout: 5000 }, async () => {
  const stopped = controller(() => {});
  const one: Body = new Body(stopped);
  one.push(Buffer.from("a"));
  for await (const _ of one) break;
  assert.equal(stopped.aborted, true);
  const endless = controller(() => other.push(Buffer.alloc(50_000)));
  const other: Body = new Body(endless);
  await other.discard();
  assert.equal(endless.aborted, true);
});
