import { malformed } from "./failures.ts";
import { bytesAt, type ZipSource } from "./source.ts";

/** Where the central directory is, in the file as it is. */
export interface DirectoryRange {
  readonly offset: number;
  readonly size: number;
  /** Bytes in front of the archive (a script that starts it), which offsets inside it leave out. */
  readonly prefix: number;
}

const END = 22;
const MAX_COMMENT = 65535;
const SIGNATURE = Buffer.from("PK\x05\x06", "latin1");

const LOCATOR = 20;
const LOCATOR_SIGNATURE = 0x07064b50;
const END_64 = 56;
const END_64_SIGNATURE = 0x06064b50;

/** Finds the central directory by the record at the end of the archive (APPNOTE.TXT 4.3.14 to 4.3.16); undefined where there is none. */
export async function findDirectory(source: ZipSource): Promise<DirectoryRange | undefined> {
  const tailSize = Math.min(source.size, LOCATOR + END + MAX_COMMENT);
  const tailOffset = source.size - tailSize;
  const tail = await bytesAt(source, tailOffset, tailSize, "its end");
  const at = findEnd(tail);
  if (at === undefined) return undefined;
  const end = tail.subarray(at, at + END);
  const wide = at < LOCATOR ? undefined : await findEnd64(source, tail.subarray(at - LOCATOR, at), tailOffset + at);
  const range = wide ?? { end: tailOffset + at, size: end.readUInt32LE(12), offset: end.readUInt32LE(16) };
  const prefix = range.end - range.size - range.offset;
  if (prefix < 0) throw malformed("its directory lies outside of the file");
  return { offset: range.offset + prefix, size: range.size, prefix };
}

/** The last record whose comment fits into what follows. */
function findEnd(tail: Buffer): number | undefined {
  for (let at = tail.lastIndexOf(SIGNATURE); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(SIGNATURE, at - 1)) {
    if (at + END <= tail.length && at + END + tail.readUInt16LE(at + 20) <= tail.length) return at;
  }
  return undefined;
}

/** The record of archives of more than 4 GiB or 65535 entries. */
async function findEnd64(
  source: ZipSource,
  locator: Buffer,
  endOffset: number,
): Promise<{ readonly end: number; readonly size: number; readonly offset: number } | undefined> {
  if (locator.readUInt32LE(0) !== LOCATOR_SIGNATURE) return undefined;
  // It mostly stands right in front of its locator, wherever the archive begins.
  for (const offset of [endOffset - LOCATOR - END_64, Number(locator.readBigUInt64LE(8))]) {
    if (!(offset >= 0 && offset + END_64 <= endOffset)) continue;
    const record = await bytesAt(source, offset, END_64, "its end");
    if (record.readUInt32LE(0) !== END_64_SIGNATURE) continue;
    return { end: offset, size: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
  }
  return undefined;
}
