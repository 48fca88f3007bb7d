import assert from "node:assert/strict";
import { test } from "node:test";
import { describeImage } from "./summary.ts";

test("an image is told in one line, sizes both ways", () => {
  assert.equal(
    describeImage({ layers: 5, files: 1400, packages: 1, uncompressed: 42_100_000, compressed: 14_200_000 }),
    "42.1 MB uncompressed, 14.2 MB compressed, 1 package, 1400 files, 5 layers",
  );
});
