import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { type ZipEnd, type ZipPart, zipOf } from "../../../test/support/zip-writer.ts";
import { isDistillError } from "../../lib/errors.ts";
import { readZipDirectory } from "./directory.ts";
import { readZipEntry } from "./read.ts";
import type { ZipSource } from "./source.ts";

function sourceOf(bytes: Uint8Array): ZipSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Texts of all entries by name; undefined for what is no archive. */
async function contentsOf(bytes: Uint8Array, limit = 1_000_000): Promise<Record<string, string> | undefined> {
  const source = sourceOf(bytes);
  const directory = await readZipDirectory(source, () => true);
  if (directory === undefined) return undefined;
  const contents: Record<string, string> = {};
  for (const entry of directory.entries) {
    contents[entry.name] = Buffer.from(await readZipEntry(source, entry, limit)).toString("utf8");
  }
  return contents;
}

const TEXT = "distill ".repeat(100);
const PARTS: readonly ZipPart[] = [
  { name: "a/stored", bytes: TEXT, method: 0 },
  { name: "deflated-ü", bytes: TEXT },
  { name: "empty", bytes: "" },
  { name: "none", bytes: "", method: 0 },
];
const EXPECTED = { "a/stored": TEXT, "deflated-ü": TEXT, empty: "", none: "" };

test("entries are read, stored or compressed, with a comment at the end and a program in front", async () => {
  assert.deepEqual(await contentsOf(zipOf(PARTS)), EXPECTED);
  assert.deepEqual(await contentsOf(zipOf(PARTS, { comment: "PK\x05\x06 and more".repeat(20) })), EXPECTED);
  const script = Buffer.from("#!/bin/sh\nexec java -jar $0\n");
  assert.deepEqual(await contentsOf(Buffer.concat([script, zipOf(PARTS)])), EXPECTED);
  assert.deepEqual(await contentsOf(zipOf([])), {});
});

test("a large entry is read, and refused where it is damaged", async () => {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const bytes = cipher.update(Buffer.alloc(1_500_000));
  const source = sourceOf(zipOf([{ name: "x", bytes }]));
  const [entry] = (await readZipDirectory(source, () => true))?.entries ?? [];
  assert.ok(entry !== undefined && entry.compressedSize > 1_400_000);
  assert.ok(Buffer.from(bytes).equals(await readZipEntry(source, entry, 2_000_000)));
  for (const lie of [{ size: 1_400_000 }, { size: 1_600_000 }, { crc: 1 }]) {
    await assert.rejects(readZipEntry(source, { ...entry, ...lie }, 2_000_000), (error) =>
      isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED"),
    );
  }
});

test("only what is wanted is given", async () => {
  const directory = await readZipDirectory(sourceOf(zipOf(PARTS)), (name) => name.startsWith("a/"));
  assert.deepEqual(
    directory?.entries.map(({ name }) => name),
    ["a/stored"],
  );
});

test("what is no archive gives nothing", async () => {
  for (const bytes of ["", "PK", "x".repeat(100_000), "PK\x05\x06"]) {
    assert.equal(await contentsOf(Buffer.from(bytes, "latin1")), undefined);
  }
});

test("entries that lie about themselves are refused", async () => {
  const text = Buffer.from(TEXT);
  const cases: readonly [Partial<ZipPart>, "FORMAT_INVALID" | "LIMIT_EXCEEDED", RegExp][] = [
    [{ size: 700 }, "LIMIT_EXCEEDED", /larger than 700 bytes/],
    [{ size: 900 }, "FORMAT_INVALID", /not as large/],
    [{ size: 2 ** 32 - 2 }, "LIMIT_EXCEEDED", /more than 1000000 bytes/],
    [{ method: 0, size: 900 }, "FORMAT_INVALID", /not as large/],
    [{ method: 0, size: 810, compressedSize: 810 }, "FORMAT_INVALID", /CRC/],
    [{ method: 0, size: 10, compressedSize: 100_000 }, "FORMAT_INVALID", /larger compressed/],
    [{ compressedSize: 1100 }, "FORMAT_INVALID", /outside of the file/],
    [{ crc: crc32(text) ^ 1 }, "FORMAT_INVALID", /CRC/],
    [{ flags: 1 }, "FORMAT_INVALID", /encrypted/],
    [{ method: 12 }, "FORMAT_INVALID", /way 12/],
    [{ offset: 5 }, "FORMAT_INVALID", /not where its directory says/],
    [{ offset: 2 ** 31 }, "FORMAT_INVALID", /outside of the file/],
  ];
  for (const [lie, code, message] of cases) {
    await assert.rejects(contentsOf(zipOf([{ name: "x", bytes: text, ...lie }])), (error) => {
      assert.ok(isDistillError(error, code), `${JSON.stringify(lie)}: ${error}`);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("a directory that lies about itself is refused", async () => {
  const cases: readonly [ZipEnd, "FORMAT_INVALID" | "LIMIT_EXCEEDED"][] = [
    [{ directorySize: 2 ** 31 }, "FORMAT_INVALID"],
    [{ directoryOffset: 2 ** 31 }, "FORMAT_INVALID"],
  ];
  for (const [end, code] of cases) {
    await assert.rejects(
      readZipDirectory(sourceOf(zipOf(PARTS, end)), () => true),
      (error) => isDistillError(error, code),
    );
  }
  const huge = zipOf([], { directorySize: 2 ** 27, directoryOffset: 0 });
  const source: ZipSource = {
    size: 2 ** 27 + huge.length,
    read: async (offset, length) => {
      assert.ok(length < 100_000);
      return Buffer.concat([Buffer.alloc(Math.max(0, length - huge.length)), huge]).subarray(
        0,
        offset < 0 ? 0 : length,
      );
    },
  };
  await assert.rejects(
    readZipDirectory(source, () => true),
    (error) => isDistillError(error, "LIMIT_EXCEEDED"),
  );
});

test("of a directory that is cut what stands before is given", async () => {
  const bytes = zipOf(PARTS);
  const second = Buffer.from(bytes).lastIndexOf("PK\x01\x02", -1, "latin1");
  bytes[second] = 0;
  const directory = await readZipDirectory(sourceOf(bytes), () => true);
  assert.deepEqual([directory?.entries.length, directory?.isCut], [3, true]);
  assert.equal((await readZipDirectory(sourceOf(zipOf(PARTS)), () => true))?.isCut, false);
});

test("bytes that were changed or cut anywhere are read or refused", async () => {
  const image = zipOf(PARTS, { comment: "c" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.option(fc.nat(image.length), { nil: undefined }),
      async (changes, end) => {
        const copy = image.slice(0, end);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        try {
          for (const text of Object.values((await contentsOf(copy)) ?? {})) assert.ok(text.length <= 1_000_000);
        } catch (error) {
          if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
});

const PYTHON = `
import sys, zipfile
if sys.argv[2] == "wide":
    zipfile.ZIP64_LIMIT = 100
    zipfile.ZIP_FILECOUNT_LIMIT = 2
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for index in range(3):
        with z.open(f"wide-{index}", "w", force_zip64=True) as f:
            f.write(b"distill " * 100)
    z.writestr(zipfile.ZipInfo("stored"), "distill " * 100)
`;

test("archives of Python's are read, those of ZIP64 too", { skip: unlessTools("python3") }, async (t) => {
  const path = join(temporaryDirectory(t), "x.zip");
  for (const kind of ["plain", "wide"]) {
    execFileSync("python3", ["-c", PYTHON, path, kind]);
    const bytes = new Uint8Array(readFileSync(path));
    for (const archive of [bytes, Buffer.concat([Buffer.from("#!/bin/sh\n"), bytes])]) {
      const directory = await readZipDirectory(sourceOf(archive), () => true);
      assert.equal(directory?.entries.length, 4);
      for (const entry of directory?.entries ?? []) {
        assert.equal(Buffer.from(await readZipEntry(sourceOf(archive), entry, 1000)).toString(), TEXT);
      }
    }
  }
});
