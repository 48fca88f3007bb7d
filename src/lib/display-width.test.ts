import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { displayWidth, fitWidth } from "./display-width.ts";

test("letters take one column, East Asian ones and pictures two, marks none", () => {
  for (const [text, width] of [
    ["", 0],
    ["abc", 3],
    ["é", 1],
    ["e\u0301", 1],
    ["日本", 4],
    ["ｆ", 2],
    ["한", 2],
    ["🎉", 2],
    ["❤\ufe0f", 2],
    ["…", 1],
  ] as const) {
    assert.equal(displayWidth(text), width, JSON.stringify(text));
  }
});

test("a text that fits is kept, another one ends in an ellipsis", () => {
  assert.equal(fitWidth("abc", 3), "abc");
  assert.equal(fitWidth("abcd", 3), "ab…");
  assert.equal(fitWidth("日本語", 4), "日…");
  assert.equal(fitWidth("ab", 1), "…");
  assert.equal(fitWidth("ab", 0), "");
});

test("no text is wider than it was fitted to", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, columns) => {
      assert.ok(displayWidth(fitWidth(text, columns)) <= columns);
    }),
    { numRuns: 200 },
  );
});
