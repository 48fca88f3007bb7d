import { crc32, deflateRawSync } from "node:zlib";

/** An entry to write. What is not given is what it should be; what is given is written, true or not. */
export interface ZipPart {
  readonly name: string;
  readonly bytes: string | Uint8Array;
  /** 0 stored, 8 deflate (where nothing is said). */
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  /** Of the local header. */
  readonly offset?: number;
}

/** What the end of the archive says, true or not. */
export interface ZipEnd {
  readonly directorySize?: number;
  readonly directoryOffset?: number;
  readonly comment?: string;
}

/** Writes a ZIP archive (without ZIP64) of these entries. */
export function zipOf(parts: readonly ZipPart[], end: ZipEnd = {}): Uint8Array {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const put = (...chunks: readonly Uint8Array[]): void => {
    for (const chunk of chunks) {
      body.push(chunk);
      at += chunk.length;
    }
  };
  for (const part of parts) {
    const offset = part.offset ?? at;
    const bytes = Buffer.from(part.bytes as string);
    const method = part.method ?? 8;
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const name = Buffer.from(part.name);
    const common = Buffer.concat([
      halves(20, part.flags ?? 0, method, 0, 0),
      ints(part.crc ?? crc32(bytes), part.compressedSize ?? packed.length, part.size ?? bytes.length),
      halves(name.length, 0),
    ]);
    put(ints(0x04034b50), common, name, packed);
    directory.push(ints(0x02014b50), halves(20), common, halves(0, 0, 0), ints(0, offset), name);
  }
  const offset = at;
  put(...directory);
  const comment = Buffer.from(end.comment ?? "");
  put(
    ints(0x06054b50),
    halves(0, 0, parts.length, parts.length),
    ints(end.directorySize ?? at - offset, end.directoryOffset ?? offset),
    halves(comment.length),
    comment,
  );
  return new Uint8Array(Buffer.concat(body));
}

function halves(...values: readonly number[]): Uint8Array {
  return Buffer.concat(values.map((value) => Buffer.from([value & 255, value >> 8])));
}

function ints(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * index);
  return bytes;
}
