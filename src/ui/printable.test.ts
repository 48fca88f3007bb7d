import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printable, printableLine } from "./printable.ts";

test("escape sequences, carriage returns and eight-bit controls are shown, not obeyed", () => {
  assert.equal(printable("a\x1b[31mb\rc\x07\x9b2J\x7f\0"), "a\\x1b[31mb\\x0dc\\x07\\x9b2J\\x7f\\x00");
});

test("what reorders or hides text is shown", () => {
  assert.equal(printable("a\u202eb\u2066c\u200bd\ufeff\u2028"), "a\\u202eb\\u2066c\\u200bd\\ufeff\\u2028");
});

test("lines, tabs and letters of any script stay", () => {
  assert.equal(printable("é日本🎉\tx\ny"), "é日本🎉\tx\ny");
  assert.equal(printableLine("é日本🎉\tx\ny"), "é日本🎉\\tx\\ny");
});

test("no text brings a control character to the terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.doesNotMatch(printable(text), /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      assert.doesNotMatch(printableLine(text), /[\x00-\x1f\x7f-\x9f]/);
      assert.equal(printable(printable(text)), printable(text));
    }),
    { numRuns: 200 },
  );
});
