import { crc32 } from "node:zlib";
import { inflateWhole } from "../deflate/inflate.ts";
import { dataOffset, type ZipEntry } from "./directory.ts";
import { excessive, malformed } from "./failures.ts";
import { bytesAt, type ZipSource } from "./source.ts";

export const STORED = 0;
const DEFLATE = 8;

/**
 * The bytes of an entry. FORMAT_INVALID where it is damaged (CRC, sizes), encrypted or compressed in another way than
 * deflate; LIMIT_EXCEEDED where it says that it is larger than `limit` bytes. It never takes more than it says of memory.
 */
export async function readZipEntry(source: ZipSource, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const { method, size, compressedSize } = entry;
  if (method !== STORED && method !== DEFLATE) throw malformed(`an entry is compressed in way ${method}`);
  if (size > limit) throw excessive(`an entry of more than ${limit} bytes`);
  if (compressedSize > largestDeflated(size)) throw malformed("an entry is larger compressed than it can be");
  const packed = await bytesAt(source, await dataOffset(source, entry), compressedSize, "an entry");
  const bytes = method === STORED ? packed : await inflateWhole(packed, "raw", size, "an entry of a ZIP archive");
  if (bytes.length !== size) throw malformed("an entry is not as large as its directory says");
  if (crc32(bytes) !== entry.crc) throw malformed("an entry is damaged (CRC)");
  return bytes;
}

/** Where deflate gains nothing it stores, with 5 bytes for each block; blocks of an impatient writer are small. */
function largestDeflated(size: number): number {
  return 2 * size + 1024;
}
