import { crc32 } from "node:zlib";
import { inflateSmall, inflateStream, inflateWhole } from "../deflate/inflate.ts";
import { dataOffset, type ZipEntry } from "./directory.ts";
import { excessive, malformed } from "./failures.ts";
import { bytesAt, type ZipSource } from "./source.ts";

export const STORED = 0;
const DEFLATE = 8;

/** Compressed bytes that are held beside what comes of them. */
const WINDOW = 1024 * 1024;
/** Bytes of an entry that is inflated on the spot. */
const SMALL = 64 * 1024;

const WHAT = "an entry of a ZIP archive";

/**
 * The bytes of an entry. FORMAT_INVALID where it is damaged (CRC, sizes), encrypted or compressed in another way than
 * deflate; LIMIT_EXCEEDED where it says that it is larger than `limit` bytes. It never takes more than it says of memory.
 */
export async function readZipEntry(source: ZipSource, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const { method, size, compressedSize } = entry;
  if (method !== STORED && method !== DEFLATE) throw malformed(`an entry is compressed in way ${method}`);
  if (size > limit) throw excessive(`an entry of more than ${limit} bytes`);
  if (compressedSize > largestDeflated(size)) throw malformed("an entry is larger compressed than it can be");
  const bytes = await unpacked(source, entry, await dataOffset(source, entry));
  if (bytes.length !== size) throw malformed("an entry is not as large as its directory says");
  if (crc32(bytes) !== entry.crc) throw malformed("an entry is damaged (CRC)");
  return bytes;
}

async function unpacked(source: ZipSource, entry: ZipEntry, offset: number): Promise<Uint8Array> {
  const { method, size, compressedSize } = entry;
  if (method === DEFLATE && compressedSize > WINDOW) {
    return inflateStream(windowsOf(source, offset, compressedSize), size, WHAT);
  }
  const packed = await bytesAt(source, offset, compressedSize, "an entry");
  if (method === STORED) return packed;
  return size <= SMALL ? inflateSmall(packed, size, WHAT) : inflateWhole(packed, "raw", size, WHAT);
}

async function* windowsOf(source: ZipSource, offset: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += WINDOW) {
    yield await bytesAt(source, offset + at, Math.min(WINDOW, size - at), "an entry");
  }
}

/** Where deflate gains nothing it stores, with 5 bytes for each block; blocks of an impatient writer are small. */
function largestDeflated(size: number): number {
  return 2 * size + 1024;
}
