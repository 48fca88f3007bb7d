import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { count, formatAge, formatBytes, formatDuration, formatTable } from "./format.ts";

test("bytes are counted in powers of 1000 with one digit", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [14_250_000, "14.3 MB"],
    [999_949_999, "999.9 MB"],
    [999_950_000, "1.0 GB"],
    [999_950_000_000, "1.0 TB"],
    [2_000_000_000_000_000, "2000.0 TB"],
  ] as const) {
    assert.equal(formatBytes(bytes), text);
  }
});

test("no amount below 1000 TB is written with more than 3 digits before the point", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_000_000_000_000 }), (bytes) => {
      assert.match(formatBytes(bytes), /^(\d{1,3} B|\d{1,3}\.\d [kMGT]B)$/);
    }),
    { numRuns: 300 },
  );
});

test("durations have tenths of a second, then minutes", () => {
  for (const [milliseconds, text] of [
    [0, "0.0s"],
    [-5, "0.0s"],
    [449, "0.4s"],
    [59_949, "59.9s"],
    [59_950, "1m 0s"],
    [72_000, "1m 12s"],
    [119_600, "2m 0s"],
    [3_600_000, "60m 0s"],
  ] as const) {
    assert.equal(formatDuration(milliseconds), text);
  }
});

test("ages are rounded down", () => {
  const minute = 60_000;
  for (const [milliseconds, text] of [
    [-minute, "just now"],
    [59_999, "just now"],
    [minute, "1 minute ago"],
    [59 * minute, "59 minutes ago"],
    [60 * minute, "1 hour ago"],
    [47 * 60 * minute, "47 hours ago"],
    [48 * 60 * minute, "2 days ago"],
  ] as const) {
    assert.equal(formatAge(milliseconds), text);
  }
});

test("one is singular", () => {
  assert.deepEqual(
    [0, 1, 2].map((number) => count(number, "layer")),
    ["0 layers", "1 layer", "2 layers"],
  );
});

test("columns are as wide as their widest cell, and nothing trails", () => {
  assert.equal(
    formatTable(["NAME", "SIZE"], [["app", "9 B"], ["日本", "10.0 kB"], ["b"]], [1]),
    ["NAME     SIZE", "app       9 B", "日本  10.0 kB", "b", ""].join("\n"),
  );
  assert.equal(formatTable(["A", "B"], []), "A  B\n");
});

test("a row is one line, whatever its cells hold", () => {
  assert.equal(formatTable(["A"], [["x\ny\x1b[2J"]]), "A\nx\\ny\\x1b[2J\n");
});

test("a table may have more rows than a call has arguments", () => {
  assert.equal(formatTable(["A"], Array(200_000).fill(["x"])).length, 2 * 200_001);
});
