import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { sqliteDatabase } from "../../../../test/support/rpm-databases.ts";
import { bytesContent } from "../../../rootfs/content.ts";
import { DatabaseBroken } from "./database-broken.ts";
import { sqliteBlobs } from "./sqlite-blobs.ts";
import { SqlitePages } from "./sqlite-pages.ts";
import { tableRows } from "./sqlite-table.ts";
import type { SqliteValue } from "./sqlite-values.ts";

async function blobsIn(bytes: Uint8Array): Promise<{ blobs: readonly Buffer[]; problems: readonly string[] }> {
  const problems: string[] = [];
  const blobs: Buffer[] = [];
  try {
    for await (const blob of sqliteBlobs(bytesContent(bytes), (problem) => problems.push(problem))) blobs.push(blob);
  } catch (error) {
    if (!(error instanceof DatabaseBroken)) throw error;
    problems.push(error.message);
  }
  return { blobs, problems };
}

const hex = (blobs: readonly Uint8Array[]): readonly string[] => blobs.map((blob) => Buffer.from(blob).toString("hex"));

test("blobs of any size come out as SQLite put them in, with pages of any size", async () => {
  const blob = fc
    .tuple(fc.oneof(fc.nat(600), fc.nat(9000)), fc.nat(255))
    .map(([length, byte]) => Buffer.alloc(length, byte));
  await fc.assert(
    fc.asyncProperty(fc.array(blob, { maxLength: 30 }), fc.constantFrom(512, 1024, 4096, 65_536), async (all, size) => {
      const { blobs, problems } = await blobsIn(sqliteDatabase(all, size));
      assert.deepEqual(problems, []);
      assert.deepEqual(hex(blobs), hex(all));
    }),
    { numRuns: 30 },
  );
});

test("a table of several levels is read in its order", async () => {
  const all = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index} `.repeat(20)));
  const { blobs, problems } = await blobsIn(sqliteDatabase(all, 512));
  assert.deepEqual(problems, []);
  assert.deepEqual(hex(blobs), hex(all));
});

test("values of each type", async () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (a, b, c, d, e, f, g, h, i)");
  database.exec("INSERT INTO t VALUES (NULL, 0, 1, -2, 300, -70000, 5000000000, 'tëxt', x'00ff')");
  const pages = await SqlitePages.open(bytesContent(database.serialize()));
  const rows: (readonly SqliteValue[])[] = [];
  for await (const row of tableRows(pages, 2, assert.fail)) rows.push(row);
  assert.deepEqual(rows, [[undefined, 0, 1, -2, 300, -70_000, 5_000_000_000, "tëxt", Buffer.from([0, 255])]]);
  database.close();
});

test("a page that leads back, or that is none, costs what lies below it and no more", async () => {
  const all = Array.from({ length: 200 }, (_, index) => Buffer.alloc(100, index));
  const bytes = Buffer.from(sqliteDatabase(all, 512));
  const root = Array.from({ length: bytes.length / 512 }, (_, index) => index * 512).find(
    (at) => at > 0 && bytes[at] === 5,
  );
  assert.ok(root !== undefined);
  const cell = root + bytes.readUInt16BE(root + 12);
  for (const page of [root / 512 + 1, 0, 0xffffffff, 1]) {
    const broken = Buffer.from(bytes);
    broken.writeUInt32BE(page, cell);
    const { blobs, problems } = await blobsIn(broken);
    assert.ok(blobs.length > 100 && blobs.length < 200, String(blobs.length));
    assert.match(problems.join(), /^its page \d+ belongs to two places$|^it has no page \d+$/);
  }
});

test("cells that all stand for one row give no more than the file has bytes", async () => {
  const bytes = Buffer.from(sqliteDatabase([Buffer.alloc(30_000, 1), Buffer.alloc(30_000, 2)], 65_536));
  const leaf = [1, 2, 3, 4]
    .map((page) => page * 65_536)
    .find((at) => bytes[at] === 0x0d && bytes.readUInt16BE(at + 3) === 2);
  assert.ok(leaf !== undefined);
  const [cell, count] = [bytes.readUInt16BE(leaf + 8), 1000];
  bytes.writeUInt16BE(count, leaf + 3);
  for (let index = 0; index < count; index++) bytes.writeUInt16BE(cell, leaf + 8 + 2 * index);
  const { blobs, problems } = await blobsIn(bytes);
  assert.ok(blobs.length > 0 && blobs.length <= bytes.length / 30_000, String(blobs.length));
  assert.deepEqual(problems, ["its rows are larger than it is"]);
});

test("what is no such database is told", async () => {
  const other = new DatabaseSync(":memory:");
  other.exec(
    "CREATE VIEW Packages AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 1, x FROM n",
  );
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.alloc(0), /no SQLite database/],
    [Buffer.alloc(5000), /no SQLite database/],
    [other.serialize(), /no table Packages/],
    [sqliteDatabase([]).subarray(0, 100), /no page 1/],
  ];
  for (const [bytes, problem] of cases) {
    const found = await blobsIn(bytes);
    assert.deepEqual(found.blobs, []);
    assert.match(found.problems.join(), problem);
  }
  other.close();
});

test("any damage gives blobs or problems and never another error, and ends", async () => {
  const sound = sqliteDatabase(
    Array.from({ length: 40 }, (_, index) => Buffer.alloc(index * 37, index)),
    512,
  );
  const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 40 }), fc.nat(sound.length), async (changes, length) => {
      const bytes = Buffer.from(sound);
      for (const [at, byte] of changes) if (at >= 16) bytes[at] = byte;
      await blobsIn(bytes.subarray(0, Math.max(length, 512)));
      await blobsIn(bytes);
    }),
    { numRuns: 200 },
  );
});
