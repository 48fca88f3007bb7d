import { malformed } from "./failures.ts";

/** Bytes that are read by position. A read is short only at the end. */
export interface ZipSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Exactly these bytes; FORMAT_INVALID where the archive has no such range. `what` names them. */
export async function bytesAt(source: ZipSource, offset: number, length: number, what: string): Promise<Buffer> {
  if (!(offset >= 0 && offset + length <= source.size)) throw malformed(`${what} lies outside of the file`);
  const bytes = await source.read(offset, length);
  if (bytes.length < length) throw malformed(`${what} is shorter than it was said to be`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
