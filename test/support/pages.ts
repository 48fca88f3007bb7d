import type { FileHandle } from "node:fs/promises";
import type { PageSource } from "../../src/formats/elf/source.ts";

/** Bytes in memory as a source that is read by position; `reads` counts what was asked for. */
export class BytesSource implements PageSource {
  readonly #bytes: Uint8Array;
  reads = 0;
  bytesRead = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.#bytes.subarray(offset, offset + length);
    this.reads += 1;
    this.bytesRead += bytes.length;
    return bytes;
  }
}

/** An open file as a source that is read by position. */
export async function fileSource(file: FileHandle): Promise<PageSource> {
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
}
