import { isDistillError } from "../../lib/errors.ts";
import { invalid, type Place } from "./failures.ts";
import { type Field, parseNumber, parseOctal } from "./numbers.ts";

/** What a tar entry can be. Sparse and vendor types are refused by the readers. */
export type TarType = "file" | "hardlink" | "symlink" | "char" | "block" | "directory" | "fifo";

/** One entry's metadata, in the bytes of the archive: every string is latin1, one character a byte. */
export interface TarHeader {
  /** As the archive has it: may begin with "./" or "/", hold "..", end with "/". Safety is the caller's concern. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits, 0..07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of body that follow; 0 for anything but a file. */
  readonly size: number;
  /** Seconds since the epoch; fractional and negative allowed. */
  readonly mtime: number;
  /** Target of a hard link or symbolic link, "" for the rest. */
  readonly linkname: string;
  readonly uname: string;
  readonly gname: string;
  /** Numbers of a device, 0 for the rest. */
  readonly devmajor: number;
  readonly devminor: number;
  /** Extended attributes by name ("security.capability"), values untouched. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Archives are made of blocks of this many bytes. */
export const BLOCK = 512;

/** Offset and length of each field of a header block (POSIX.1-2024, pax, "ustar Interchange Format"). */
export const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkname: [157, 100],
  magic: [257, 8],
  uname: [265, 32],
  gname: [297, 32],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
} as const satisfies Record<string, Field>;

/** The type byte of each kind of entry. */
export const TYPE_CODES: Readonly<Record<TarType, number>> = {
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  char: 0x33,
  block: 0x34,
  directory: 0x35,
  fifo: 0x36,
};

/** A header block's fields before extended headers are applied. */
export interface HeaderBlock {
  readonly name: string;
  readonly type: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly linkname: string;
  readonly uname: string;
  readonly gname: string;
  readonly devmajor: number;
  readonly devminor: number;
}

/** `size` rounded up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** True for a block of zeros, which ends an archive. */
export function isZeroBlock(block: Buffer): boolean {
  if (block[0] !== 0) return false;
  for (let at = 1; at < BLOCK; at++) if (block[at] !== 0) return false;
  return true;
}

/** True for a block that an archive can begin with: a whole header, checksum and numbers right, and not its end. */
export function isHeaderBlock(block: Buffer): boolean {
  if (block.length !== BLOCK || isZeroBlock(block)) return false;
  try {
    decodeBlock(block, { archive: "", offset: 0 });
    return true;
  } catch (error) {
    if (isDistillError(error, "FORMAT_INVALID")) return false;
    throw error;
  }
}

/**
 * Reads one 512-byte header in the v7, ustar, star or old GNU layout. Throws FORMAT_INVALID for a wrong checksum, a
 * field that is no number and a negative uid, gid or size.
 */
export function decodeBlock(block: Buffer, place: Place): HeaderBlock {
  if (!checksumMatches(block)) throw invalid(place, "not a tar header: its checksum is wrong");
  const magic = text(block, FIELDS.magic);
  // "ustar" NUL: POSIX; "ustar" two spaces NUL: GNU, whose header holds other things where ustar has its prefix.
  const posix = magic === "ustar" && block[262] === 0;
  const extended = posix || magic === "ustar  ";
  const type = block[FIELDS.type[0]] ?? 0;
  const device = type === TYPE_CODES.char || type === TYPE_CODES.block;
  return {
    name: posix ? withPrefix(block) : text(block, FIELDS.name),
    type,
    mode: number(block, "mode", place) % 0o10000,
    uid: number(block, "uid", place),
    gid: number(block, "gid", place),
    size: number(block, "size", place),
    mtime: number(block, "mtime", place),
    linkname: text(block, FIELDS.linkname),
    uname: extended ? text(block, FIELDS.uname) : "",
    gname: extended ? text(block, FIELDS.gname) : "",
    devmajor: extended && device ? number(block, "devmajor", place) : 0,
    devminor: extended && device ? number(block, "devminor", place) : 0,
  };
}

/** The sum over a header's bytes with the checksum field taken as spaces. */
export function checksum(block: Uint8Array): number {
  const [from, length] = FIELDS.checksum;
  let sum = length * 0x20;
  for (let at = 0; at < from; at++) sum += block[at] ?? 0;
  for (let at = from + length; at < BLOCK; at++) sum += block[at] ?? 0;
  return sum;
}

/** Some historic tars summed signed bytes, so both sums count, as in GNU tar and Go. */
function checksumMatches(block: Uint8Array): boolean {
  const [from, length] = FIELDS.checksum;
  const stated = parseOctal(block, FIELDS.checksum);
  const sum = checksum(block);
  if (stated === sum) return true;
  let high = 0;
  for (let at = 0; at < BLOCK; at++) if ((at < from || at >= from + length) && (block[at] ?? 0) > 0x7f) high++;
  return stated === sum - 256 * high;
}

function withPrefix(block: Buffer): string {
  const [at, length] = FIELDS.prefix;
  // star ("tar" NUL at the end of the block) keeps atime and ctime in the last 24 bytes of the prefix.
  const star = block.toString("latin1", 508, 512) === "tar\0";
  const prefix = text(block, [at, star ? 131 : length]);
  const name = text(block, FIELDS.name);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function text(block: Buffer, [at, length]: Field): string {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return end === at ? "" : block.toString("latin1", at, end);
}

function number(block: Buffer, field: keyof typeof FIELDS, place: Place): number {
  const value = parseNumber(block, FIELDS[field]);
  if (value === undefined) throw invalid(place, `${field} is not a number, or too large`);
  if (value < 0 && field !== "mtime") throw invalid(place, `${field} is negative`);
  return value;
}
