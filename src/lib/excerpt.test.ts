import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt } from "./excerpt.ts";

/** The character that the mark stands below. */
function marked(text: string, line: number, column: number): string | undefined {
  const [shown = "", mark = ""] = excerpt(text, { line, column }).split("\n");
  return shown[mark.indexOf("^")];
}

test("the mark stands below the column", () => {
  assert.equal(excerpt("a\nbc: d\n", { line: 2, column: 5 }), "  2 | bc: d\n    |     ^");
  assert.equal(excerpt("a", { line: 12, column: 1 }).split("\n")[1], "     | ^");
});

test("tabs and control characters take one column each and are never shown raw", () => {
  assert.equal(marked("\tx\x1b[2Jy", 1, 7), "y");
  assert.doesNotMatch(excerpt("a\x1b\x9bb", { line: 1, column: 1 }), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
});

test("characters of two columns move the mark by two", () => {
  assert.equal(excerpt("日本: x", { line: 1, column: 5 }), "  1 | 日本: x\n    |       ^");
});

test("of a long line the part around the column is shown", () => {
  const line = `${"a".repeat(500)}X${"b".repeat(500)}`;
  assert.equal(marked(line, 1, 501), "X");
  assert.ok(excerpt(line, { line: 1, column: 501 }).length < 250);
});

test("a place after the end marks the end", () => {
  assert.equal(excerpt("ab\n", { line: 1, column: 99 }), "  1 | ab\n    |   ^");
  assert.equal(excerpt("ab\n", { line: 2, column: 1 }), "  2 | \n    | ^");
});
