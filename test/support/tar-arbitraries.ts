import fc from "fast-check";
import type { TarHeader, TarType } from "../../src/formats/tar/header.ts";
import type { Entry } from "./tar.ts";

const byte = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("a", "b", ".", "/") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) },
);
const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: byte, minLength, maxLength });
const name = fc.oneof(text(1, 20), text(90, 110), text(240, 300));
const id = fc.oneof(fc.nat(100000), fc.integer({ min: 2097150, max: 2 ** 32 }));
const device = fc.integer({ min: 0, max: 2097151 });
const mtime = fc.oneof(
  fc.nat(2 ** 31),
  fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  fc
    .tuple(fc.constantFrom("", "-"), fc.nat(2 ** 33), fc.nat(999_999_999))
    .map(([sign, seconds, nanos]) => Number(`${sign}${seconds}.${String(nanos).padStart(9, "0")}`) + 0),
);
const xattrs = fc
  .array(
    fc.tuple(
      text(1, 30).map((key) => key.replaceAll("=", "_")),
      fc.uint8Array({ maxLength: 60 }),
    ),
    { maxLength: 3 },
  )
  .map((pairs): ReadonlyMap<string, Uint8Array> => new Map(pairs));

/** Entries of every type, whose names and numbers fit a plain header as often as they do not. */
export const anyEntry: fc.Arbitrary<Entry> = fc
  .record({
    path: name,
    type: fc.constantFrom<TarType>("file", "file", "hardlink", "symlink", "char", "block", "directory", "fifo"),
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    mtime,
    linkname: name,
    uname: fc.oneof(text(0, 8), text(30, 40)),
    gname: fc.oneof(text(0, 8), text(30, 40)),
    devmajor: device,
    devminor: device,
    xattrs,
    body: fc.uint8Array({ maxLength: 1200 }),
  })
  .map(({ body, ...fields }) => {
    const isDevice = fields.type === "char" || fields.type === "block";
    const isLink = fields.type === "hardlink" || fields.type === "symlink";
    const path = fields.path.replace(/\/+$/, "") || "x";
    const bytes = Buffer.from(fields.type === "file" ? body : []);
    const made: TarHeader = {
      ...fields,
      path: fields.type === "directory" ? `${path}/` : path,
      size: bytes.length,
      linkname: isLink ? fields.linkname : "",
      devmajor: isDevice ? fields.devmajor : 0,
      devminor: isDevice ? fields.devminor : 0,
    };
    return { header: made, body: bytes };
  });
