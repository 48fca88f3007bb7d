import assert from "node:assert/strict";
import { test } from "node:test";
import { archiveOf, bare, file, header } from "../../../test/support/tar.ts";
import { digestOf } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { TarHeader } from "./header.ts";
import { formatPaxTime } from "./pax.ts";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "./writer.ts";

/** The records in front of a header, "" where there are none. */
function recordsOf(parts: Partial<TarHeader>): string {
  const bytes = Buffer.from(encodeHeader(header(parts)));
  if (bytes.length === 512) return "";
  const size = Number.parseInt(bytes.toString("latin1", 124, 135), 8);
  return bytes.toString("latin1", 512, 512 + size);
}

const field = (bytes: Uint8Array, at: number, length: number): string =>
  Buffer.from(bytes)
    .toString("latin1", at, at + length)
    .replace(/\0.*$/s, "");

test("the bytes of an archive are these and no others", () => {
  const entries = [
    bare({ path: "usr", type: "directory", mode: 0o755, mtime: 1700000000 }),
    file("usr/f", "content\n", { uid: 65532, gid: 65532, mtime: 1700000000 }),
    bare({ path: "usr/l", type: "symlink", mode: 0o777, linkname: "f", mtime: 1700000000 }),
    file("n".repeat(300), "", { xattrs: new Map([["security.capability", new Uint8Array([1, 0, 0, 2, 0xff])]]) }),
  ];
  assert.equal(digestOf(archiveOf(entries)), "sha256:f7a098bcf5975ece01e4c9337640b21d02d3196be82fcd458e16769caf260c8b");
});

test("what fits a ustar header stays there, bytes over 127 too", () => {
  const most: Partial<TarHeader> = {
    path: `${"p".repeat(155)}/${"\xfc".repeat(100)}`,
    uid: 0o7777777,
    gid: 0o7777777,
    size: 8 ** 11 - 1,
    mtime: 8 ** 11 - 1,
    uname: "u".repeat(31),
    gname: "\xe4".repeat(31),
  };
  assert.equal(recordsOf(most), "");
  assert.equal(recordsOf({ type: "symlink", linkname: "l".repeat(100) }), "");
});

const overflowing: Record<string, { parts: Partial<TarHeader>; records: string }> = {
  "a path without a place to split": { parts: { path: "p".repeat(101) }, records: `111 path=${"p".repeat(101)}\n` },
  "a path whose only slash is its first byte": {
    parts: { path: `/${"p".repeat(100)}` },
    records: `111 path=/${"p".repeat(100)}\n`,
  },
  "a link target over 100 bytes": {
    parts: { type: "hardlink", linkname: "l".repeat(101) },
    records: `115 linkpath=${"l".repeat(101)}\n`,
  },
  "a uid over 7 octal digits": { parts: { uid: 0o10000000 }, records: "15 uid=2097152\n" },
  "a gid over 7 octal digits": { parts: { gid: 2 ** 32 - 1 }, records: "18 gid=4294967295\n" },
  "a size of 8 GiB": { parts: { size: 8 ** 11 }, records: "19 size=8589934592\n" },
  "a time before 1970": { parts: { mtime: -1 }, records: "12 mtime=-1\n" },
  "a fraction of a second": { parts: { mtime: 1.5 }, records: "13 mtime=1.5\n" },
  "a time after 2242": { parts: { mtime: 8 ** 11 }, records: "20 mtime=8589934592\n" },
  "a user's name over 31 bytes": { parts: { uname: "u".repeat(32) }, records: `42 uname=${"u".repeat(32)}\n` },
  "several, sorted by the bytes of their keys": {
    parts: {
      uid: 3e6,
      mtime: 0.25,
      xattrs: new Map([
        ["user.b", new Uint8Array([0, 255])],
        ["user.a", new Uint8Array()],
      ]),
    },
    records: "24 SCHILY.xattr.user.a=\n26 SCHILY.xattr.user.b=\0\xff\n14 mtime=0.25\n15 uid=3000000\n",
  },
};

for (const [what, { parts, records }] of Object.entries(overflowing)) {
  test(`an extended header holds ${what}, and nothing else`, () => assert.equal(recordsOf(parts), records));
}

test("a record's length counts its own digits, also where these carry over", () => {
  for (let length = 80; length < 1010; length++) {
    const record = recordsOf({ xattrs: new Map([["a", new Uint8Array(length)]]) });
    assert.equal(Number.parseInt(record, 10), record.length);
  }
});

test("a long path is split at the last slash that leaves room for both parts", () => {
  const start = `${"a/".repeat(59)}a`;
  const rest = `${"b".repeat(40)}/${"c".repeat(40)}`;
  const file = encodeHeader(header({ path: `${start}/${rest}` }));
  assert.deepStrictEqual([field(file, 345, 155), field(file, 0, 100)], [start, rest]);
  const directory = encodeHeader(header({ path: "a/".repeat(100), type: "directory" }));
  assert.deepStrictEqual(
    [field(directory, 345, 155), field(directory, 0, 100)],
    [`${"a/".repeat(77)}a`, "a/".repeat(22)],
  );
});

test("a directory's path ends with one slash", () => {
  for (const path of ["d", "d/"]) assert.equal(field(encodeHeader(header({ path, type: "directory" })), 0, 100), "d/");
});

test("a path that is cut in the ustar header does not look like a directory there", () => {
  const bytes = encodeHeader(header({ path: `${"x".repeat(99)}/${"y".repeat(200)}` }));
  assert.equal(field(bytes.subarray(-512), 0, 100), "x".repeat(99));
});

test("times are written with the digits that they need", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "0"],
    [1700000000.1234567, "1700000000.1234567"],
    [-1.5, "-1.5"],
    [0.000000001, "0.000000001"],
    [-1e-10, "0"],
    [0.1 + 0.2, "0.3"],
    [100, "100"],
    [2 ** 53 - 1, "9007199254740991"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatPaxTime(seconds), text);
});

test("padding fills up to the next block, and two zero blocks end an archive", () => {
  assert.deepStrictEqual(
    [0, 1, 511, 512, 513].map((size) => paddingAfter(size).length),
    [0, 511, 1, 0, 511],
  );
  assert.deepStrictEqual(Buffer.from(END_OF_ARCHIVE), Buffer.alloc(1024));
});

test("values that no entry can have are a caller's bug", () => {
  const wrong: Partial<TarHeader>[] = [
    { path: "" },
    { path: "a\0b" },
    { path: "a\u0100" },
    { path: "a/" },
    { linkname: "x" },
    { uname: "a\0" },
    { mode: 0o10000 },
    { uid: -1 },
    { gid: 1.5 },
    { size: -1 },
    { size: 2 ** 53 },
    { type: "symlink", linkname: "x", size: 1 },
    { mtime: Number.NaN },
    { devmajor: 1 },
    { type: "char", devminor: 2 ** 21 },
    { xattrs: new Map([["", new Uint8Array()]]) },
  ];
  for (const parts of wrong) assert.throws(() => encodeHeader(header(parts)), RangeError, JSON.stringify(parts));
});

test("attributes that PAX cannot hold are refused by name", () => {
  const equals = new Map([["user.a=b", new Uint8Array()]]);
  assert.throws(
    () => encodeHeader(header({ path: "p", xattrs: equals })),
    (error) => isDistillError(error, "UNSUPPORTED") && error.message.includes('"p"'),
  );
  const large = new Map([["user.a", new Uint8Array(1 << 20)]]);
  assert.throws(
    () => encodeHeader(header({ path: "p", xattrs: large })),
    (error) => isDistillError(error, "LIMIT_EXCEEDED"),
  );
});
