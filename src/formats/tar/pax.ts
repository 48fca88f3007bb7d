import { DistillError } from "../../lib/errors.ts";
import { failure, invalid, type Place } from "./failures.ts";

const XATTR = "SCHILY.xattr.";
const LIBARCHIVE_XATTR = "LIBARCHIVE.xattr.";
const SPARSE = "GNU.sparse.";
const TEXTS = ["path", "linkpath", "uname", "gname"];
const NUMBERS = ["size", "uid", "gid", "mtime"];
const SPARSE_NAME = `${SPARSE}name`;

/** Go's reader, and so every registry and engine, refuses an extended header that is longer. */
export const MAX_PAX_BYTES = 1 << 20;

/** What an extended header says that concerns us; unknown records are left out. */
export interface PaxRecords {
  /** path, linkpath, uname, gname, size, uid, gid, mtime as latin1 text. "" takes a global record's effect away. */
  readonly fields: ReadonlyMap<string, string>;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** The real name of a sparse file ("" where it is not told), undefined for all other entries. */
  readonly sparse: string | undefined;
}

export const NO_RECORDS: PaxRecords = { fields: new Map(), xattrs: new Map(), sparse: undefined };

/**
 * Reads the records of an extended header (POSIX.1-2024, pax, "pax Extended Header"): bytes in, bytes out, values are
 * copied. The values of path and linkpath are UTF-8 by the standard and any bytes in practice, so they stay bytes and
 * hdrcharset is ignored. Throws FORMAT_INVALID for a record whose length lies and for a NUL within a name.
 */
export function parsePax(data: Buffer, place: Place): PaxRecords {
  const fields = new Map<string, string>();
  const xattrs = new Map<string, Uint8Array>();
  const libarchive = new Map<string, Uint8Array>();
  let sparse: string | undefined;
  for (const { key, value } of records(data, place)) {
    if (TEXTS.includes(key)) {
      if (value.includes(0)) throw invalid(place, `extended header has a NUL byte in ${key}`);
      fields.set(key, value.toString("latin1"));
    } else if (NUMBERS.includes(key)) {
      if (value.length > 64) throw invalid(place, `extended header has a ${key} of ${value.length} bytes`);
      fields.set(key, value.toString("latin1"));
    } else if (key.startsWith(XATTR)) {
      xattrs.set(xattrName(key.slice(XATTR.length), place), new Uint8Array(value));
    } else if (key.startsWith(LIBARCHIVE_XATTR)) {
      const name = unescapePercent(key.slice(LIBARCHIVE_XATTR.length));
      libarchive.set(xattrName(name, place), new Uint8Array(Buffer.from(value.toString("latin1"), "base64")));
    } else if (key.startsWith(SPARSE)) {
      sparse = key === SPARSE_NAME ? value.toString("latin1") : (sparse ?? "");
    }
  }
  // bsdtar writes each attribute in both spellings; the plain one needs no decoding and wins.
  for (const [name, value] of libarchive) if (!xattrs.has(name)) xattrs.set(name, value);
  return { fields, xattrs, sparse };
}

interface PaxRecord {
  readonly key: string;
  readonly value: Buffer;
}

function* records(data: Buffer, place: Place): Generator<PaxRecord> {
  let at = 0;
  while (at < data.length) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 || space - at > 7 ? "" : data.toString("latin1", at, space);
    const end = at + Number(digits);
    if (!/^[1-9][0-9]*$/.test(digits) || end > data.length || end <= space + 1 || data[end - 1] !== 0x0a) {
      throw invalid(place, `extended header has a record of a wrong length at its byte ${at}`);
    }
    const record = data.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals <= 0) throw invalid(place, `extended header has a record without a keyword at its byte ${at}`);
    yield { key: record.toString("latin1", 0, equals), value: record.subarray(equals + 1) };
    at = end;
  }
}

function xattrName(name: string, place: Place): string {
  if (name === "" || name.includes("\0")) throw invalid(place, "extended attribute has no valid name");
  return name;
}

function unescapePercent(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The non-negative integer of a size, uid or gid record. */
export function paxInteger(key: string, text: string, place: Place): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : -1;
  if (value < 0 || !Number.isSafeInteger(value)) throw failure("FORMAT_INVALID", place, `${key} is out of range`);
  return value;
}

/** Seconds of a time record: decimal, sign and fraction allowed; a fraction keeps what a double can hold. */
export function parsePaxTime(text: string, place: Place): number {
  const value = /^-?[0-9]+(\.[0-9]*)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) throw invalid(place, "mtime is not a time");
  return value + 0;
}

/** The record text of a time: the fewest digits that give the number back, at most nanoseconds. */
export function formatPaxTime(seconds: number): string {
  const shortest = String(seconds);
  if (/^-?[0-9]+(\.[0-9]{1,9})?$/.test(shortest)) return shortest;
  return seconds
    .toFixed(9)
    .replace(/\.?0+$/, "")
    .replace(/^-0$/, "0");
}

/** The records of an extended header, sorted by the bytes of their keys. Throws LIMIT_EXCEEDED over 1 MiB. */
export function encodePax(fields: ReadonlyMap<string, string>, xattrs: ReadonlyMap<string, Uint8Array>): Buffer {
  const all: [string, Uint8Array][] = [...fields].map(([key, text]) => [key, Buffer.from(text, "latin1")]);
  for (const [name, value] of xattrs) all.push([XATTR + name, value]);
  all.sort(([a], [b]) => (a < b ? -1 : 1));
  const bytes = Buffer.concat(all.map(([key, value]) => encodeRecord(key, value)));
  if (bytes.length > MAX_PAX_BYTES) {
    throw new DistillError("LIMIT_EXCEEDED", `extended attributes and names of ${bytes.length} bytes on one tar entry`);
  }
  return bytes;
}

/** "LENGTH KEY=VALUE\n", where LENGTH counts its own digits too. */
function encodeRecord(key: string, value: Uint8Array): Buffer {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return Buffer.concat([Buffer.from(`${length} ${key}=`, "latin1"), value, Buffer.from("\n")]);
}
