import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";

/** Bytes that are written at a time. */
const PIECE = 1 << 20;

/** Writes a ZIP archive of any number of files, with the records of ZIP64 at its end; what is packed is not kept. */
export async function writeLargeZip(
  path: string,
  files: Iterable<{ readonly name: string; readonly bytes: Uint8Array }>,
): Promise<void> {
  const out = createWriteStream(path, { highWaterMark: 1 << 20 });
  let at = 0;
  let held: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (!out.write(Buffer.concat(held))) await once(out, "drain");
    held = [];
    size = 0;
  };
  const put = (...pieces: readonly Uint8Array[]): void => {
    held.push(...pieces);
    for (const { length } of pieces) {
      at += length;
      size += length;
    }
  };
  const directory: Buffer[] = [];
  for (const { name, bytes } of files) {
    const packed = deflateRawSync(bytes, { level: 1, memLevel: 1, windowBits: 9, chunkSize: 1024 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const central = Buffer.alloc(16);
    central.writeUInt32LE(at, 12);
    directory.push(
      Buffer.concat([signature(0x02014b50), Buffer.from([20, 0]), common, central.subarray(2), Buffer.from(name)]),
    );
    put(signature(0x04034b50), common, Buffer.from(name), packed);
    if (size > PIECE) await flush();
  }
  const start = at;
  for (const record of directory) put(record);
  const length = at - start;
  const end = Buffer.alloc(56);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  for (const [offset, value] of [
    [24, directory.length],
    [32, directory.length],
    [40, length],
    [48, start],
  ] as const) {
    end.writeBigUInt64LE(BigInt(value), offset);
  }
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at), 8);
  locator.writeUInt32LE(1, 16);
  const last = Buffer.alloc(22, 0xff);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt32LE(0, 4);
  last.writeUInt16LE(0, 20);
  put(end, locator, last);
  await flush();
  out.end();
  await once(out, "close");
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
