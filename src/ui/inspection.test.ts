import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFacts, describeSizes, entryTable, layerTable } from "./inspection.ts";

test("facts stand in columns, further values below the first, and what is not there is left out", () => {
  const text = describeFacts("app:1", [
    { label: "digest", values: ["sha256:00"] },
    { label: "user", values: [] },
    { label: "env", values: ["A=1", "B=2"] },
  ]);
  assert.equal(text, "app:1\n  digest  sha256:00\n  env     A=1\n          B=2\n");
});

test("what an image says of itself cannot move the cursor or begin a line", () => {
  const text = describeFacts("a\u001b[2J", [{ label: "user", values: ["x\ny\u001b[31m"] }]);
  assert.equal(text, "a\\x1b[2J\n  user  x\\ny\\x1b[31m\n");
  const step = `RUN \u202e\u001b]0;x\u0007 ${"long ".repeat(50)}`;
  const table = layerTable([{ layer: undefined, step }]);
  assert.equal(table.split("\n").length, 3);
  assert.doesNotMatch(table, /[\u001b\u202e\u0007]/);
  assert.match(table, /\(no layer\).*\.\.\.$/m);
});

test("a size that is not known is said to be unknown", () => {
  assert.equal(describeSizes(1000, null), "1.0 kB compressed, unknown uncompressed");
  const layer = { digest: `sha256:${"0".repeat(64)}`, mediaType: "application/vnd.oci.x", compressed: 5 };
  assert.match(
    layerTable([{ layer: { ...layer, uncompressed: null }, step: "" }]),
    /5 B +unknown {2}sha256:0{12} +oci\.x/,
  );
  assert.match(
    entryTable([{ what: "linux/amd64", digest: "d", compressed: null, uncompressed: 7 }]),
    /unknown +7 B {2}d/,
  );
});
