import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, deflateSync } from "node:zlib";
import { pieces } from "../../../test/support/bytes.ts";
import { isDistillError } from "../../lib/errors.ts";
import { inflateStream, inflateWhole } from "./inflate.ts";

const TEXT = Buffer.from("distill ".repeat(1000));

test("both forms are decompressed, up to the limit", async () => {
  for (const limit of [TEXT.length, TEXT.length * 2]) {
    assert.deepEqual(await inflateWhole(deflateSync(TEXT), "zlib", limit, "x"), TEXT);
    assert.deepEqual(await inflateWhole(deflateRawSync(TEXT), "raw", limit, "x"), TEXT);
  }
  assert.equal((await inflateWhole(deflateRawSync(""), "raw", 0, "x")).length, 0);
});

test("what is larger than the limit is refused", async () => {
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  await assert.rejects(inflateWhole(bomb, "raw", 1_000_000, "the entry"), (error) => {
    assert.ok(isDistillError(error, "LIMIT_EXCEEDED"));
    assert.equal(error.message, "the entry is larger than 1000000 bytes");
    return true;
  });
  await assert.rejects(inflateWhole(deflateSync(TEXT), "zlib", TEXT.length - 1, "x"), (error) =>
    isDistillError(error, "LIMIT_EXCEEDED"),
  );
});

test("what is damaged or cut is refused", async () => {
  const sound = deflateSync(TEXT);
  const damaged = Uint8Array.from(sound);
  damaged[sound.length - 1] = (damaged[sound.length - 1] ?? 0) ^ 1;
  for (const bytes of [damaged, sound.subarray(0, 20), Buffer.alloc(0), Buffer.from("no such thing")]) {
    await assert.rejects(inflateWhole(bytes, "zlib", 1_000_000, "x"), (error) =>
      isDistillError(error, "FORMAT_INVALID"),
    );
  }
});

test("a stream is decompressed into one piece, up to the limit", async () => {
  const packed = deflateRawSync(TEXT);
  assert.deepEqual(await inflateStream(pieces(packed, 7), TEXT.length, "x"), TEXT);
  assert.equal((await inflateStream(pieces(packed, 7), TEXT.length + 9, "x")).length, TEXT.length);
  const cases = [
    [packed, TEXT.length - 1, "LIMIT_EXCEEDED"],
    [packed.subarray(0, 20), TEXT.length, "FORMAT_INVALID"],
    [Buffer.alloc(20, 0xff), TEXT.length, "FORMAT_INVALID"],
    [Buffer.alloc(0), 10, "FORMAT_INVALID"],
  ] as const;
  for (const [bytes, limit, code] of cases) {
    await assert.rejects(inflateStream(pieces(bytes, 7), limit, "x"), (error) => isDistillError(error, code));
  }
});
