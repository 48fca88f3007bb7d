import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { collect, pieces } from "../../../test/support/bytes.ts";
import { packingOf, unpackStream } from "./packing.ts";

/** `printf hi | bzip2`, `printf hi | xz --check=crc32`, for machines without them. */
const BZIP2 = Buffer.from("QlpoOTFBWSZTWZqJtCIAAAABAABgIAAhAIKxdyRThQkJqJtCIA==", "base64");
const XZ = Buffer.from("/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQABaGkAAACsKpPYAAEWAtBhENKQQpkNAQAAAAABWVo=", "base64");

test("what a file is packed with is told by its first bytes, and undone", async () => {
  const packed = { gzip: gzipSync("hi"), zstd: zstdCompressSync("hi"), bzip2: BZIP2, xz: XZ };
  for (const [packing, bytes] of Object.entries(packed)) {
    const found = packingOf(bytes);
    assert.equal(found, packing);
    assert.equal(String(await collect(unpackStream(found, pieces(bytes), bytes.length))), "hi");
  }
});

test("a zstd stream may begin with a frame to be skipped", async () => {
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  assert.equal(packingOf(skippable), "zstd");
  const bytes = Buffer.concat([skippable, zstdCompressSync("hi")]);
  assert.equal(String(await collect(unpackStream("zstd", pieces(bytes)))), "hi");
});

test("everything else is not packed", () => {
  const others = ["", "\x1f", "BZ", "PK\x03\x04", "\xfd7zXZ", "#!/bin/sh\n", "hello", "\x50\x2a\x4d\x19"];
  for (const other of others) assert.equal(packingOf(Buffer.from(other, "latin1")), undefined, JSON.stringify(other));
});
