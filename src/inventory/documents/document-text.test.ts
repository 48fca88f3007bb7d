import assert from "node:assert/strict";
import { test } from "node:test";
import { documentText } from "./document-text.ts";

test("a document is JSON that every reader takes, with a line end", () => {
  assert.equal(documentText({ a: ["x", "\u{1f600}"] }), '{\n  "a": [\n    "x",\n    "\u{1f600}"\n  ]\n}\n');
  assert.deepEqual(JSON.parse(documentText({ a: "1\ud8002", b: ["\udfff"] })), { a: "1\ufffd2", b: ["\ufffd"] });
});

test("what only looks like half of a pair stays as it is", () => {
  assert.deepEqual(JSON.parse(documentText({ a: "\\ud800" })), { a: "\\ud800" });
});
