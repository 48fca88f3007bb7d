import type { FileHandle } from "node:fs/promises";
import type { ZipSource } from "../../formats/zip/source.ts";

/** Bytes that are read ahead: entries mostly lie in the order of the directory. */
const WINDOW = 1 << 20;

/** A file as a source of ZIP entries: what is asked for one after another is read in large pieces. */
export class ZipFile implements ZipSource {
  readonly size: number;
  readonly #handle: FileHandle;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const at = offset - this.#start;
    if (at >= 0 && at + length <= this.#window.length) return this.#window.subarray(at, at + length);
    const wanted = Math.min(Math.max(length, WINDOW), this.size - offset);
    const bytes = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(bytes, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    const read = bytes.subarray(0, filled);
    // A large entry is not read twice, and not kept.
    if (length <= WINDOW) [this.#window, this.#start] = [read, offset];
    return read.subarray(0, length);
  }
}
