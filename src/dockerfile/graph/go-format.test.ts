import assert from "node:assert/strict";
import { test } from "node:test";
import { printGoDuration, quoteGo, quoteGoList } from "./go-format.ts";

test("texts are quoted as Go quotes them", () => {
  assert.equal(quoteGo('a "b" \\ \t\n\r\x07\b\f\v'), '"a \\"b\\" \\\\ \\t\\n\\r\\a\\b\\f\\v"');
  assert.equal(quoteGo("\x00\x1b\x7f\u00a0\u200b\u{e0001}"), '"\\x00\\x1b\\x7f\\u00a0\\u200b\\U000e0001"');
  assert.equal(quoteGo("äé日本😀"), '"äé日本😀"');
  assert.equal(quoteGoList([]), "[]");
  assert.equal(quoteGoList(["a", "b c"]), '["a" "b c"]');
});

test("times are printed as Go prints them", () => {
  const printed: readonly [number, string][] = [
    [0, "0s"],
    [1, "1ns"],
    [1_500, "1.5µs"],
    [20_000_000, "20ms"],
    [1_000_000_000, "1s"],
    [1_500_000_000, "1.5s"],
    [60_000_000_000, "1m0s"],
    [90_000_000_000, "1m30s"],
    [3_600_000_000_000, "1h0m0s"],
    [93_784_050_000_000, "26h3m4.05s"],
    [-1_000_000_000, "-1s"],
  ];
  for (const [nanoseconds, text] of printed) assert.equal(printGoDuration(nanoseconds), text);
});
