import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { archiveOf, bare, file, type Outcome, sought, soughtInBytes, streamed } from "../../../test/support/tar.ts";
import type { TarOptions } from "./assembler.ts";
import { BLOCK, checksum, FIELDS, padded } from "./header.ts";
import { writeOctal } from "./numbers.ts";

const directory = mkdtempSync(join(tmpdir(), "distill-tar-"));
after(() => rmSync(directory, { recursive: true, force: true }));

interface RawParts {
  readonly name?: string;
  readonly type?: string;
  readonly linkname?: string;
  readonly magic?: string;
  /** Stated size; by default the body's. */
  readonly size?: number;
  /** Bytes put over any part of the finished block, before its checksum. */
  readonly patch?: readonly [offset: number, bytes: string];
  readonly body?: string | Buffer;
}

/** A member made by hand, valid but for what `parts` says. */
function member(parts: RawParts): Buffer {
  const body = typeof parts.body === "object" ? parts.body : Buffer.from(parts.body ?? "", "latin1");
  const block = Buffer.alloc(BLOCK);
  block.write(parts.name ?? "entry", 0, "latin1");
  for (const field of ["mode", "uid", "gid", "mtime"] as const) writeOctal(block, FIELDS[field], 0);
  writeOctal(block, FIELDS.size, parts.size ?? body.length);
  block.write(parts.type ?? "0", FIELDS.type[0], "latin1");
  block.write(parts.linkname ?? "", FIELDS.linkname[0], "latin1");
  block.write(parts.magic ?? "ustar\x0000", FIELDS.magic[0], "latin1");
  if (parts.patch) block.write(parts.patch[1], parts.patch[0], "latin1");
  writeOctal(block, FIELDS.checksum, checksum(block));
  return Buffer.concat([block, body], BLOCK + padded(body.length));
}

const pax = (records: string): Buffer => member({ type: "x", name: "pax", body: records });
const global = (records: string): Buffer => member({ type: "g", name: "pax", body: records });
const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};
const longName = (type: "L" | "K", text: string): Buffer => member({ type, magic: "ustar  \0", body: `${text}\0` });
const end = Buffer.alloc(2 * BLOCK);

/** The readers' outcome, which has to be one: same failure, and the same entries but for one with a cut-off body. */
async function read(bytes: Buffer, cuts?: readonly number[], options?: TarOptions): Promise<Outcome> {
  const stream = await streamed(bytes, cuts, options);
  const seek = sought(bytes, directory, options);
  assert.deepStrictEqual(await soughtInBytes(bytes, options), seek);
  assert.equal(stream.code, seek.code, `${stream.message} <> ${seek.message}`);
  assert.deepStrictEqual(seek.entries, stream.entries.slice(0, seek.entries.length));
  assert.ok(stream.code !== undefined || seek.entries.length === stream.entries.length);
  return stream;
}

const refused: Record<string, { archive: readonly Buffer[]; code: string; says: RegExp; options?: TarOptions }> = {
  garbage: { archive: [Buffer.alloc(BLOCK, "garbage ")], code: "FORMAT_INVALID", says: /checksum.*byte 0/ },
  "a text shorter than a block": { archive: [Buffer.from("hello")], code: "FORMAT_INVALID", says: /ends at byte 5/ },
  "garbage behind an entry": {
    archive: [member({ body: "x" }), Buffer.alloc(BLOCK, "?")],
    code: "FORMAT_INVALID",
    says: /byte 1024/,
  },
  "a size that is larger than the archive": {
    archive: [member({ name: "huge", size: 8 ** 11 - 1 }), end],
    code: "FORMAT_INVALID",
    says: /inside the body of "huge"/,
  },
  "a size over 2^53 (base-256)": {
    archive: [member({ patch: [124, "\x80\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"] }), end],
    code: "FORMAT_INVALID",
    says: /size is not a number/,
  },
  "a negative size (base-256)": {
    archive: [member({ patch: [124, "\xff".repeat(12)] }), end],
    code: "FORMAT_INVALID",
    says: /size is negative/,
  },
  "a size that is no number": {
    archive: [member({ patch: [124, "12x45678901\0"] }), end],
    code: "FORMAT_INVALID",
    says: /size is not a number/,
  },
  "a size behind a leading NUL": {
    archive: [member({ patch: [124, "\x0000000001000"] }), end],
    code: "FORMAT_INVALID",
    says: /size is not a number/,
  },
  "a negative PAX size": {
    archive: [pax(record("size", "-1")), member({}), end],
    code: "FORMAT_INVALID",
    says: /size is out of range/,
  },
  "a PAX size over 2^53": {
    archive: [pax(record("size", "9007199254740993")), member({}), end],
    code: "FORMAT_INVALID",
    says: /size is out of range/,
  },
  "a PAX mtime that is no time": {
    archive: [pax(record("mtime", "1e9")), member({}), end],
    code: "FORMAT_INVALID",
    says: /mtime/,
  },
  "a PAX mtime of a thousand digits": {
    archive: [pax(record("mtime", "1".repeat(1000))), member({}), end],
    code: "FORMAT_INVALID",
    says: /mtime of 1000 bytes/,
  },
  "a NUL in a PAX path": {
    archive: [pax(record("path", "a\0b")), member({}), end],
    code: "FORMAT_INVALID",
    says: /NUL byte in path/,
  },
  "a NUL in an attribute's name": {
    archive: [pax(record("SCHILY.xattr.a\0b", "x")), member({}), end],
    code: "FORMAT_INVALID",
    says: /attribute/,
  },
  "a PAX record that claims more than there is": {
    archive: [pax("99 path=a\n"), member({}), end],
    code: "FORMAT_INVALID",
    says: /wrong length at its byte 0/,
  },
  "a PAX record that claims less than it has": {
    archive: [pax("5 path=abc\n"), member({}), end],
    code: "FORMAT_INVALID",
    says: /wrong length/,
  },
  "a PAX record of length 0": { archive: [pax("0 path=a\n")], code: "FORMAT_INVALID", says: /wrong length/ },
  "a PAX record of negative length": { archive: [pax("-9 path=a\n")], code: "FORMAT_INVALID", says: /wrong length/ },
  "a PAX record without a keyword": { archive: [pax("5 =a\n")], code: "FORMAT_INVALID", says: /keyword/ },
  "a PAX record without =": { archive: [pax("7 path\n")], code: "FORMAT_INVALID", says: /keyword/ },
  "an extended header that describes an extended header": {
    archive: [pax(record("path", "a")), pax(record("path", "b")), member({}), end],
    code: "FORMAT_INVALID",
    says: /extended header of type x/,
  },
  "a global header between an extended header and its entry": {
    archive: [pax(record("path", "a")), global(record("path", "b")), member({}), end],
    code: "FORMAT_INVALID",
    says: /type g/,
  },
  "two long names": {
    archive: [longName("L", "a"), longName("L", "b"), member({}), end],
    code: "FORMAT_INVALID",
    says: /type L/,
  },
  "a long name without its entry": {
    archive: [longName("L", "a"), end],
    code: "FORMAT_INVALID",
    says: /without its entry/,
  },
  "a long name at the end of the file": {
    archive: [longName("K", "a")],
    code: "FORMAT_INVALID",
    says: /without its entry/,
  },
  "an empty long name": {
    archive: [member({ type: "L" }), member({}), end],
    code: "FORMAT_INVALID",
    says: /long name is empty/,
  },
  "a path in PAX and in GNU form": {
    archive: [longName("L", "a"), pax(record("path", "b")), member({}), end],
    code: "FORMAT_INVALID",
    says: /at once/,
  },
  "a long name over the limit": {
    archive: [member({ type: "L", size: (64 << 10) + 1 })],
    code: "LIMIT_EXCEEDED",
    says: /65537 bytes/,
  },
  "an extended header over the limit": {
    archive: [member({ type: "x", size: 8 ** 11 - 1 })],
    code: "LIMIT_EXCEEDED",
    says: /at most 1048576/,
  },
  "a PAX path over the limit": {
    archive: [pax(record("path", "a".repeat(70000))), member({}), end],
    code: "LIMIT_EXCEEDED",
    says: /path of 70000 bytes/,
  },
  "more entries than allowed": {
    archive: [member({}), member({}), member({}), end],
    code: "LIMIT_EXCEEDED",
    says: /more than 2 entries/,
    options: { entries: 2 },
  },
  "a GNU sparse file": {
    archive: [member({ type: "S", name: "holes", magic: "ustar  \0" }), end],
    code: "UNSUPPORTED",
    says: /"holes".*sparse/,
  },
  "a PAX sparse file": {
    archive: [
      pax(record("GNU.sparse.major", "1") + record("GNU.sparse.name", "holes")),
      member({ name: "GNUSparseFile.0/holes" }),
      end,
    ],
    code: "UNSUPPORTED",
    says: /"holes".*sparse/,
  },
  "an unknown type": {
    archive: [member({ type: "V", name: "label" }), end],
    code: "UNSUPPORTED",
    says: /"label".*"V"/,
  },
  "attributes in a global header": {
    archive: [global(record("SCHILY.xattr.user.a", "x")), member({}), end],
    code: "UNSUPPORTED",
    says: /global/,
  },
};

for (const [what, { archive, code, says, options }] of Object.entries(refused)) {
  test(`refuses ${what}`, async () => {
    const outcome = await read(Buffer.concat(archive), [100, 512, 700], options);
    assert.equal(outcome.code, code, outcome.message);
    assert.match(outcome.message, says);
  });
}

test("a failure names the archive", async () => {
  const outcome = await read(Buffer.alloc(BLOCK, 1), [], { archive: "layer 3" });
  assert.match(outcome.message, /^layer 3: /);
});

test("unknown PAX records, hdrcharset among them, change nothing", async () => {
  const records = record("hdrcharset", "BINARY") + record("comment", "x=y\n") + record("path", "gr\xfcn");
  const { entries } = await read(Buffer.concat([pax(records), member({}), end]));
  assert.deepStrictEqual(
    entries.map(({ header }) => header.path),
    ["gr\xfcn"],
  );
});

test("global records hold until another global or a local record says otherwise, and an empty one ends them", async () => {
  const bytes = Buffer.concat([
    global(record("uname", "one") + record("mtime", "1.5")),
    member({}),
    pax(record("uname", "two")),
    member({}),
    member({}),
    pax(record("uname", "")),
    member({ patch: [265, "header"] }),
    global(record("uname", "three")),
    member({}),
    end,
  ]);
  const { entries } = await read(bytes);
  assert.deepStrictEqual(
    entries.map(({ header }) => [header.uname, header.mtime]),
    [
      ["one", 1.5],
      ["two", 1.5],
      ["one", 1.5],
      ["header", 1.5],
      ["three", 1.5],
    ],
  );
});

test("bsdtar's base64 attributes are decoded where the plain form is missing", async () => {
  const records =
    record("LIBARCHIVE.xattr.user.a%3db", Buffer.from([0, 255]).toString("base64").replace(/=+$/, "")) +
    record("LIBARCHIVE.xattr.user.c", "d3Jvbmc") +
    record("SCHILY.xattr.user.c", "right");
  const { entries } = await read(Buffer.concat([pax(records), member({}), end]));
  assert.deepStrictEqual(
    entries[0]?.header.xattrs,
    new Map([
      ["user.c", new Uint8Array(Buffer.from("right"))],
      ["user.a=b", new Uint8Array([0, 255])],
    ]),
  );
});

test("links, directories, devices and fifos have no body whatever size they state", async () => {
  for (const type of ["1", "2", "3", "4", "5", "6"]) {
    const { entries } = await read(Buffer.concat([member({ type, size: 4096 }), member({ name: "next" }), end]));
    assert.deepStrictEqual(
      entries.map(({ header }) => [header.path, header.size]),
      [
        ["entry", 0],
        ["next", 0],
      ],
    );
  }
});

test("a v7 file whose name ends with / is a directory, and a contiguous file is a file", async () => {
  const v7 = member({ type: "\0", magic: "", name: "d/" });
  const { entries } = await read(Buffer.concat([v7, member({ type: "7", body: "x" }), end]));
  assert.deepStrictEqual(
    entries.map(({ header }) => header.type),
    ["directory", "file"],
  );
});

test("a checksum over signed bytes is accepted", async () => {
  const block = member({ name: "gr\xfcn" });
  writeOctal(block, FIELDS.checksum, checksum(block) - 256);
  assert.equal((await read(Buffer.concat([block, end]))).entries.length, 1);
});

test("GNU's base-256 numbers are read, negative times too", async () => {
  const block = member({ magic: "ustar  \0", patch: [136, `${"\xff".repeat(11)}\xf6`] });
  const owner = member({ magic: "ustar  \0", patch: [108, "\x80\x00\x00\x00\x01\x00\x00\x00"] });
  const { entries } = await read(Buffer.concat([block, owner, end]));
  assert.deepStrictEqual(
    entries.map(({ header }) => [header.mtime, header.uid]),
    [
      [-10, 0],
      [0, 2 ** 24],
    ],
  );
});

const sample = Buffer.concat([
  global(record("comment", "hello")),
  archiveOf([
    bare({ path: "./", type: "directory", mode: 0o755 }),
    file("a", "x".repeat(700), { xattrs: new Map([["user.x", new Uint8Array([0, 200, 10])]]) }),
    bare({ path: `${"long/".repeat(60)}b`, type: "symlink", linkname: "c".repeat(150) }),
    bare({ path: "null", type: "char", devmajor: 1, devminor: 3, mtime: -1.5 }),
  ]).subarray(0, -1024),
  longName("L", "gnu/".repeat(200)),
  longName("K", "target/".repeat(50)),
  member({ type: "2", magic: "ustar  \0" }),
  end,
]);

test("an archive that is cut anywhere is refused as truncated, or ends at a whole entry", async () => {
  const whole = await read(sample);
  assert.equal(whole.entries.length, 5);
  let accepted = 0;
  const cuts = Array.from({ length: sample.length / BLOCK }, (_, block) =>
    [0, 1, 100, 257, 511].map((at) => block * BLOCK + at),
  );
  for (const cut of cuts.flat()) {
    const outcome = await read(sample.subarray(0, cut), [BLOCK, 3 * BLOCK]);
    assert.deepStrictEqual(outcome.entries, whole.entries.slice(0, outcome.entries.length));
    if (outcome.code === undefined) {
      accepted++;
      assert.ok(cut % BLOCK === 0 || cut > sample.length - BLOCK, `cut at ${cut}`);
    } else assert.equal(outcome.code, "FORMAT_INVALID");
  }
  // Nothing at all, the global header alone, behind each of five entries, and five cuts between the end blocks.
  assert.equal(accepted, 1 + 1 + 5 + 5);
});

test("flipped bytes never hang a reader nor fail with anything but a DistillError", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (flips, repair) => {
        const bytes = Buffer.from(sample);
        for (const [at, value] of flips) {
          bytes[at] = value;
          // With the checksum made right again the flip reaches the code behind it.
          const block = bytes.subarray(at - (at % BLOCK), at - (at % BLOCK) + BLOCK);
          if (repair && block.toString("latin1", 257, 262) === "ustar")
            writeOctal(block, FIELDS.checksum, checksum(block));
        }
        await read(bytes);
      },
    ),
    { numRuns: 1000 },
  );
});

test("random bytes in an extended header never fail with anything but a DistillError", async () => {
  const piece = fc.oneof(
    fc.constantFrom("path=", "size=", "=", "\n", " ", "\0", "SCHILY.xattr.", "GNU.sparse."),
    fc.nat(40).map(String),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      await read(Buffer.concat([pax(pieces.join("")), member({}), end]));
    }),
    { numRuns: 500 },
  );
});
