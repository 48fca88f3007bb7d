import assert from "node:assert/strict";
import { test } from "node:test";
import { csvFields } from "./csv-fields.ts";

for (const [text, fields] of [
  ["", [""]],
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  ["a,,", ["a", "", ""]],
  ['type=image,"name=a,b",push=true', ["type=image", "name=a,b", "push=true"]],
  ['"a ""b"""', ['a "b"']],
  ['""', [""]],
  ["a\nb,c", ["a\nb", "c"]],
  ['a"b', undefined],
  ['"a', undefined],
  ['"a"b', undefined],
  ['a,"', undefined],
] as const) {
  test(`${JSON.stringify(text)} has ${fields?.length ?? "no"} fields`, () => assert.deepEqual(csvFields(text), fields));
}

test("a long text is read in one go", () => {
  const text = `${"a,".repeat(200_000)}b`;
  assert.equal(csvFields(text)?.length, 200_001);
});
