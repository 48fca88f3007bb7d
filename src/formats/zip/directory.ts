import { findDirectory } from "./end.ts";
import { excessive, malformed } from "./failures.ts";
import { bytesAt, type ZipSource } from "./source.ts";

/** What the central directory says of an entry; any of it may be a lie. */
export interface ZipEntry {
  /** As it stands there, read as UTF-8: it may be absolute, climb, or stand twice. */
  readonly name: string;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Of its local header, in the file. */
  readonly offset: number;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Bytes of the whole directory. */
  readonly size: number;
  /** True where the directory is damaged behind the last of the entries. */
  readonly isCut: boolean;
}

/** Bytes: an archive of 65535 classes has 8 million. */
const MAX_DIRECTORY = 64 * 1024 * 1024;
const SIGNATURE = 0x02014b50;

/** Bytes of a record of the directory, without name, extra fields and comment. */
export const DIRECTORY_RECORD = 46;
const ENCRYPTED = 1;
const ELSEWHERE = 0xffffffff;
const ZIP64 = 1;

/**
 * The entries that `wanted` accepts by name, in the order of the central directory (APPNOTE.TXT 4.3.12). Undefined where the
 * file has no central directory; FORMAT_INVALID where that lies outside of the file, LIMIT_EXCEEDED where it has more than `limit` bytes, or 64 MiB.
 */
export async function readZipDirectory(
  source: ZipSource,
  wanted: (name: string) => boolean,
  limit = MAX_DIRECTORY,
): Promise<ZipDirectory | undefined> {
  const range = await findDirectory(source);
  if (range === undefined) return undefined;
  const most = Math.min(limit, MAX_DIRECTORY);
  if (range.size > most) throw excessive(`a directory of more than ${most} bytes`);
  const bytes = await bytesAt(source, range.offset, range.size, "its directory");
  const entries: ZipEntry[] = [];
  let at = 0;
  while (isRecord(bytes, at)) {
    const { entry, length } = entryOf(bytes, at, range.prefix);
    if (at + length > bytes.length) break;
    if (wanted(entry.name)) entries.push(entry);
    at += length;
  }
  return { entries, size: bytes.length, isCut: at < bytes.length };
}

/** True where the fixed part of a record stands whole. */
export function isRecord(bytes: Buffer, at: number): boolean {
  return at + DIRECTORY_RECORD <= bytes.length && bytes.readUInt32LE(at) === SIGNATURE;
}

/** The entry whose record stands at `at`, and how long the record is: the bytes may end before that. */
export function entryOf(
  bytes: Buffer,
  at: number,
  prefix: number,
): { readonly entry: ZipEntry; readonly length: number } {
  const nameEnd = at + DIRECTORY_RECORD + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const name = bytes.toString("utf8", at + DIRECTORY_RECORD, nameEnd);
  const entry = readEntry(name, bytes.subarray(at), bytes.subarray(nameEnd, extraEnd), prefix);
  return { entry, length: extraEnd + bytes.readUInt16LE(at + 32) - at };
}

function readEntry(name: string, record: Buffer, extra: Buffer, prefix: number): ZipEntry {
  const wide = wideFields(extra);
  const field = (at: number): number => {
    const value = record.readUInt32LE(at);
    return value === ELSEWHERE ? (wide.shift() ?? value) : value;
  };
  // In this order they stand in the extra field.
  const size = field(24);
  const compressedSize = field(20);
  const offset = field(42);
  return {
    name,
    method: record.readUInt16LE(10),
    isEncrypted: (record.readUInt16LE(8) & ENCRYPTED) !== 0,
    crc: record.readUInt32LE(16),
    compressedSize,
    size,
    offset: offset + prefix,
  };
}

/** Numbers of 8 bytes in the extra field of ZIP64 (4.5.3), for fields that are too small for them. */
function wideFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    if (extra.readUInt16LE(at) === ZIP64) {
      const values: number[] = [];
      for (let field = at + 4; field + 8 <= end; field += 8) values.push(Number(extra.readBigUInt64LE(field)));
      return values;
    }
    at = end;
  }
  return [];
}

const LOCAL = 30;
const LOCAL_SIGNATURE = 0x04034b50;

/** Where the bytes of an entry begin, compressed or not. FORMAT_INVALID where they do not all lie inside the file. */
export async function dataOffset(source: ZipSource, entry: ZipEntry): Promise<number> {
  if (entry.isEncrypted) throw malformed("an entry is encrypted");
  const header = await bytesAt(source, entry.offset, LOCAL, "an entry");
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw malformed("an entry is not where its directory says");
  const offset = entry.offset + LOCAL + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (!(offset + entry.compressedSize <= source.size)) throw malformed("an entry lies outside of the file");
  return offset;
}
