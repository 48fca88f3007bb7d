import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Digester, digestFromHex, digestOf, hexOf, isDigest, parseDigest } from "./digest.ts";
import { isDistillError } from "./errors.ts";

const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("the digest of nothing is the known one", () => {
  assert.equal(digestOf(""), EMPTY);
  assert.equal(digestOf(new Uint8Array()), EMPTY);
  assert.equal(new Digester().digest(), EMPTY);
});

test("other algorithms, lengths, cases and additions are refused", () => {
  const hex = EMPTY.slice(7);
  for (const text of [
    "",
    hex,
    `sha512:${hex}`,
    EMPTY.toUpperCase(),
    EMPTY.slice(0, -1),
    `${EMPTY}0`,
    `${EMPTY}\n`,
    ` ${EMPTY}`,
  ]) {
    assert.equal(isDigest(text), false, text);
    assert.throws(
      () => parseDigest(text),
      (error) => isDistillError(error, "FORMAT_INVALID"),
      text,
    );
  }
  assert.throws(
    () => parseDigest("x".repeat(10_000)),
    (error) => isDistillError(error) && error.message.length < 200,
  );
});

test("a digest is its hex digits and back", () => {
  assert.equal(digestFromHex(hexOf(digestOf("x"))), digestOf("x"));
  assert.equal(digestFromHex(hexOf(digestOf("x")).toUpperCase()), digestOf("x"));
});

test("a stream has the digest and the size of its bytes, however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
      const digester = new Digester();
      for (const chunk of chunks) digester.update(chunk);
      const whole = Buffer.concat(chunks);
      assert.deepEqual([digester.size, digester.digest()], [whole.length, digestOf(whole)]);
    }),
    { numRuns: 50 },
  );
});
