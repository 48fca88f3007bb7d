import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAnnotations, parseLabels } from "./labels.ts";

test("labels are pairs, the last of a key counts, and a key alone has an empty value", () => {
  assert.deepEqual(parseLabels(["a=1", "b=x=y", "c", "a=2", "d="]), { a: "2", b: "x=y", c: "", d: "" });
});

test("a label may have any key", () => {
  assert.deepEqual(Object.entries(parseLabels(["__proto__=x", "a b=c"])), [
    ["__proto__", "x"],
    ["a b", "c"],
  ]);
});

test("annotations are the manifest's, unless a prefix says otherwise", () => {
  const given = ["a=1", "index:a=2", "manifest:b=3", "index,manifest:c=x:y", "a=4"];
  assert.deepEqual(parseAnnotations(given), { manifest: { a: "4", b: "3", c: "x:y" }, index: { a: "2", c: "x:y" } });
});

for (const [text, code] of [
  ["a", "USAGE"],
  ["=a", "USAGE"],
  ["index:=a", "USAGE"],
  ["indexx:a=b", "USAGE"],
  [":a=b", "USAGE"],
  ["org.x:y=z", "USAGE"],
  ["manifest[linux/amd64]:a=b", "UNSUPPORTED"],
  ["manifest-descriptor:a=b", "UNSUPPORTED"],
] as const) {
  test(`--annotation ${text} is ${code}`, () => assert.throws(() => parseAnnotations([text]), { code }));
}

for (const text of ["", "=x", " =x"]) {
  test(`--label ${JSON.stringify(text)} has no key`, () => assert.throws(() => parseLabels([text]), { code: "USAGE" }));
}
