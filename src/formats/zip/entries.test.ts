import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { writeLargeZip } from "../../../test/support/large-zip.ts";
import { zipOf } from "../../../test/support/zip-writer.ts";
import { isDistillError } from "../../lib/errors.ts";
import { zipEntries } from "./entries.ts";
import { readZipEntry } from "./read.ts";
import type { ZipSource } from "./source.ts";

function sourceOf(bytes: Uint8Array, asked: number[] = []): ZipSource {
  return {
    size: bytes.length,
    read: async (offset, length) => {
      asked.push(length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

async function namesOf(source: ZipSource, most = 1_000_000): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of zipEntries(source, most)) names.push(name);
  return names;
}

test("a directory of several megabytes, with ZIP64, is read in pieces", async (t) => {
  const path = join(temporaryDirectory(t), "large.zip");
  const names = Array.from({ length: 12_000 }, (_, index) => `${"directory/".repeat(15)}file-${index}.json`);
  await writeLargeZip(
    path,
    names.map((name) => ({ name, bytes: Buffer.from(name) })),
  );
  const asked: number[] = [];
  const source = sourceOf(readFileSync(path), asked);
  assert.deepEqual(await namesOf(source), names);
  assert.ok(Math.max(...asked) <= 1 << 20);
  let last: Uint8Array = new Uint8Array(0);
  for await (const entry of zipEntries(source, 12_000)) {
    if (entry.name.endsWith("-11999.json")) last = await readZipEntry(source, entry, 1000);
  }
  assert.equal(Buffer.from(last).toString(), names.at(-1));
});

test("what is no archive, a directory that is damaged, and too many entries are refused", async () => {
  const parts = ["a", "b", "c"].map((name) => ({ name, bytes: name }));
  const refused = async (bytes: Uint8Array, code: "FORMAT_INVALID" | "LIMIT_EXCEEDED", most?: number) =>
    assert.rejects(namesOf(sourceOf(bytes), most), (error) => isDistillError(error, code));
  await refused(Buffer.from("<html>"), "FORMAT_INVALID");
  await refused(zipOf(parts), "LIMIT_EXCEEDED", 2);
  assert.deepEqual(await namesOf(sourceOf(zipOf(parts)), 3), ["a", "b", "c"]);
  for (const at of [1, 28, 30, 32]) {
    const bytes = zipOf(parts);
    const record = Buffer.from(bytes).lastIndexOf("PK\x01\x02", -1, "latin1");
    bytes[record + at] = 0xff;
    await refused(bytes, "FORMAT_INVALID");
  }
});
