import assert from "node:assert/strict";
import { test } from "node:test";
import { parseControl } from "./control.ts";

test("reads paragraphs, continuation lines and comments; names in any case", () => {
  const text =
    "# comment\nPackage: a\nDescription: short\n long\n .\n# inside\n  more\n\n\nPACKAGE:b  \nEmpty:\n x\n \t\nPackage: c";
  const paragraphs = parseControl(text, "control");
  assert.deepEqual(
    paragraphs.map((each) => each.get("package")),
    ["a", "b", "c"],
  );
  assert.equal(paragraphs[0]?.get("Description"), "short\nlong\n.\n more");
  assert.equal(paragraphs[1]?.get("empty"), "\nx");
  assert.deepEqual([...(paragraphs[1]?.fields() ?? [])], ["package", "empty"]);
  assert.deepEqual(parseControl("\n\n", "control"), []);
});

test("refuses what is no control file, naming the line", () => {
  for (const [text, message] of [
    ["Package: a\nnonsense\n", /^control, line 2: not a field: "nonsense"$/],
    [" x\n", /^control, line 1: a continuation line without a field/],
    ["A: 1\n\n x\n", /^control, line 3: a continuation line/],
    ["A: 1\na: 2\n", /^control, line 2: the field stands twice/],
    ["-A: 1\n", /line 1: not a field/],
    [": 1\n", /line 1: not a field/],
  ] as const) {
    assert.throws(() => parseControl(text, "control"), { code: "FORMAT_INVALID", message });
  }
  assert.throws(() => parseControl("A: 12345", "control", { maxLength: 5 }), { code: "LIMIT_EXCEEDED" });
});
