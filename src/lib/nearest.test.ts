import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance, nearest } from "./nearest.ts";

const KEYS = ["base", "suite", "packages", "copy", "entrypoint", "cmd", "env", "workdir", "user", "ports", "labels"];

test("a slip is found, a word of its own is not", () => {
  for (const [text, key] of [
    ["pakages", "packages"],
    ["Packages", "packages"],
    ["entry_point", "entrypoint"],
    ["port", "ports"],
    ["sutie", "suite"],
    ["usr", "user"],
    ["volumes", undefined],
    ["name", undefined],
    ["xy", undefined],
    ["", undefined],
  ] as const) {
    assert.equal(nearest(text, KEYS), key, text);
  }
  assert.equal(nearest("to", ["ot"]), undefined, "half of the letters is no slip");
});

test("the closest one wins, the first of equals", () => {
  assert.equal(nearest("abcdef", ["abcxyf", "abcdxf", "abcdef0"]), "abcdxf");
});

test("swapped neighbours are one slip", () => {
  assert.equal(editDistance("form", "from"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
});

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });

test("the distance is a symmetric count between the difference and the maximum of the lengths", () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length));
    }),
    { numRuns: 300 },
  );
});

test("a limit changes no distance below it, and gives at least the limit above", () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 9 }), (a, b, limit) => {
      const distance = editDistance(a, b);
      if (distance < limit) assert.equal(editDistance(a, b, limit), distance);
      else assert.ok(editDistance(a, b, limit) >= limit);
    }),
    { numRuns: 300 },
  );
});
