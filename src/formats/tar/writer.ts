import { DistillError } from "../../lib/errors.ts";
import { display } from "./failures.ts";
import { BLOCK, checksum, FIELDS, padded, type TarHeader, TYPE_CODES } from "./header.ts";
import { maxOctal, writeOctal } from "./numbers.ts";
import { encodePax, formatPaxTime } from "./pax.ts";

/** The two zero blocks behind the last entry. */
export const END_OF_ARCHIVE: Uint8Array = new Uint8Array(2 * BLOCK);

/** The zeros between a body of `size` bytes and the next block. */
export function paddingAfter(size: number): Uint8Array {
  return END_OF_ARCHIVE.subarray(0, padded(size) - size);
}

/**
 * The header blocks of one entry: a ustar header (POSIX.1-2024, pax, "ustar Interchange Format"), behind a PAX extended
 * header that holds only what does not fit. The bytes depend on nothing but `header`. A directory's path gets its "/"
 * here. Throws RangeError for values that no caller should hold (characters over 255, a negative size, a body on a
 * link), UNSUPPORTED for an attribute name that PAX cannot spell, LIMIT_EXCEEDED for over 1 MiB of attributes.
 *
 * Bytes over 127 stay in the ustar fields as they are. The standard wants ASCII there, but GNU tar, Python and Go's
 * archive/tar (checked with docker 28: import, then export) read the fields as bytes, whereas a PAX path is UTF-8 by
 * definition: a reader may transcode it to the locale, and a Latin-1 name has no right form at all. So fields are the
 * more lossless place, and the smaller one. A long name still goes to PAX, as bytes, which all three pass on.
 */
export function encodeHeader(header: TarHeader): Uint8Array {
  const path = header.type === "directory" && !header.path.endsWith("/") ? `${header.path}/` : header.path;
  check(header, path);
  const fields = new Map<string, string>();
  // Out of Node's pool: headers are many, and memory of its own costs each more than the rest.
  const block = Buffer.allocUnsafe(BLOCK).fill(0);
  writePath(block, path, fields);
  writeText(block, "linkname", "linkpath", header.linkname, FIELDS.linkname[1], fields);
  writeText(block, "uname", "uname", header.uname, FIELDS.uname[1] - 1, fields);
  writeText(block, "gname", "gname", header.gname, FIELDS.gname[1] - 1, fields);
  writeNumber(block, "uid", header.uid, fields);
  writeNumber(block, "gid", header.gid, fields);
  writeNumber(block, "size", header.size, fields);
  writeTime(block, header.mtime, fields);
  writeOctal(block, FIELDS.mode, header.mode);
  writeOctal(block, FIELDS.devmajor, header.devmajor);
  writeOctal(block, FIELDS.devminor, header.devminor);
  seal(block, TYPE_CODES[header.type]);
  if (fields.size === 0 && header.xattrs.size === 0) return block;
  const records = encodePax(fields, header.xattrs);
  return Buffer.concat([extendedHeader(records.length), records, paddingAfter(records.length), block]);
}

/** A header of fixed content for the records; its name is the one that Python uses, for tars that extract it. */
function extendedHeader(size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write("././@PaxHeader", FIELDS.name[0], "latin1");
  for (const field of ["uid", "gid", "mtime", "devmajor", "devminor"] as const) writeOctal(block, FIELDS[field], 0);
  writeOctal(block, FIELDS.mode, 0o644);
  writeOctal(block, FIELDS.size, size);
  seal(block, 0x78);
  return block;
}

/** Type, magic and checksum, the same in both kinds of header. */
function seal(block: Buffer, type: number): void {
  block[FIELDS.type[0]] = type;
  block.write("ustar\x0000", FIELDS.magic[0], "latin1");
  // Six digits, NUL, space: the form that the checksum has had since v7.
  const [at, length] = FIELDS.checksum;
  writeOctal(block, [at, length - 1], checksum(block));
  block[at + length - 1] = 0x20;
}

function writePath(block: Buffer, path: string, fields: Map<string, string>): void {
  const [nameAt, nameLength] = FIELDS.name;
  const [prefixAt, prefixLength] = FIELDS.prefix;
  if (path.length <= nameLength) {
    block.write(path, nameAt, "latin1");
    return;
  }
  // The longest prefix: the last "/" that leaves a name behind it.
  const slash = path.lastIndexOf("/", Math.min(prefixLength, path.length - 2));
  if (slash > 0 && path.length - slash - 1 <= nameLength) {
    block.write(path.slice(0, slash), prefixAt, "latin1");
    block.write(path.slice(slash + 1), nameAt, "latin1");
    return;
  }
  fields.set("path", path);
  // A cut that ends with "/" would look like a directory of v7.
  block.write(path.slice(0, nameLength).replace(/\/+$/, ""), nameAt, "latin1");
}

function writeText(
  block: Buffer,
  field: "linkname" | "uname" | "gname",
  key: string,
  text: string,
  room: number,
  fields: Map<string, string>,
): void {
  if (text.length > room) fields.set(key, text);
  block.write(text.slice(0, room), FIELDS[field][0], "latin1");
}

function writeNumber(block: Buffer, field: "uid" | "gid" | "size", value: number, fields: Map<string, string>): void {
  const fits = value <= maxOctal(FIELDS[field][1]);
  if (!fits) fields.set(field, String(value));
  writeOctal(block, FIELDS[field], fits ? value : 0);
}

function writeTime(block: Buffer, seconds: number, fields: Map<string, string>): void {
  const nearest = Math.min(Math.max(Math.floor(seconds), 0), maxOctal(FIELDS.mtime[1]));
  const text = formatPaxTime(seconds);
  if (text !== String(nearest)) fields.set("mtime", text);
  writeOctal(block, FIELDS.mtime, nearest);
}

function check(header: TarHeader, path: string): void {
  const require = (condition: boolean, what: string): void => {
    if (!condition) throw new RangeError(`tar entry ${display(path)}: ${what}`);
  };
  const device = header.type === "char" || header.type === "block";
  const link = header.type === "hardlink" || header.type === "symlink";
  const natural = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;
  require(header.path !== "", "empty path");
  require(header.type === "directory" || !path.endsWith("/"), "the path ends with / but is no directory");
  for (const text of [path, header.linkname, header.uname, header.gname]) {
    require(/^[\x01-\xff]*$/.test(text), "a name is no string of bytes without NUL");
  }
  require(natural(header.mode, 0o7777), "mode out of range");
  require(natural(header.uid, Number.MAX_SAFE_INTEGER), "uid out of range");
  require(natural(header.gid, Number.MAX_SAFE_INTEGER), "gid out of range");
  require(natural(header.size, header.type === "file" ? Number.MAX_SAFE_INTEGER : 0), "size out of range");
  require(Math.abs(header.mtime) <= Number.MAX_SAFE_INTEGER, "mtime out of range");
  require(link || header.linkname === "", "a link target on what is no link");
  require(natural(header.devmajor, device ? maxOctal(8) : 0), "devmajor out of range");
  require(natural(header.devminor, device ? maxOctal(8) : 0), "devminor out of range");
  for (const name of header.xattrs.keys()) {
    require(/^[\x01-\xff]+$/.test(name), "an attribute name is no string of bytes without NUL");
    if (name.includes("=")) {
      throw new DistillError("UNSUPPORTED", `${display(path)} has an extended attribute with "=" in its name`, {
        hint: `remove the attribute ${display(name)}: image layers cannot carry it`,
      });
    }
  }
}
