import { fstatSync, readSync } from "node:fs";
import { fromSystemError } from "../../lib/errors.ts";
import type { TarOptions } from "./assembler.ts";
import { TarCursor, type TarMember } from "./cursor.ts";

const WINDOW = 64 << 10;

/**
 * Lists an uncompressed tar archive on disk by positioned reads; bodies are passed over, and whether they are whole is
 * checked against the file's size. Takes what readTar takes and fails as it does. Synchronous on purpose: headers mostly
 * lie in the page cache, where a trip through the thread pool costs several times what the read does.
 */
export function* seekTar(
  file: { readonly fd: number },
  options: TarOptions = {},
): Generator<TarMember, void, undefined> {
  const { size } = fstatSync(file.fd);
  const cursor = new TarCursor(size, options);
  const window = new Window(file.fd, cursor.archive);
  while (!cursor.ended) {
    const member = cursor.take(window.read(cursor.at, cursor.count));
    if (member !== undefined) yield member;
  }
}

/** Bytes that can be read at any place, fewer than were asked for only at the end. */
export interface TarBytes {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** As seekTar, for an archive that is no open file. */
export async function* seekTarBytes(
  bytes: TarBytes,
  options: TarOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const cursor = new TarCursor(bytes.size, options);
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  while (!cursor.ended) {
    const { at, count } = cursor;
    if (at < start || at + count > start + window.length) {
      const read = await bytes.read(at, Math.min(Math.max(count, WINDOW), Math.max(0, bytes.size - at)));
      window = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
      start = at;
    }
    const member = cursor.take(window.subarray(at - start, at - start + count));
    if (member !== undefined) yield member;
  }
}

/** The part of a file around the last read. */
class Window {
  readonly #fd: number;
  readonly #archive: string;
  #buffer = Buffer.allocUnsafe(WINDOW);
  #start = 0;
  #length = 0;

  constructor(fd: number, archive: string) {
    this.#fd = fd;
    this.#archive = archive;
  }

  /** `count` bytes at `at`, fewer at the end of the file; valid until the next call. */
  read(at: number, count: number): Buffer {
    if (at < this.#start || at + count > this.#start + this.#length) this.#fill(at, count);
    const from = at - this.#start;
    return this.#buffer.subarray(from, Math.min(from + count, this.#length));
  }

  #fill(at: number, count: number): void {
    if (count > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(count);
    this.#start = at;
    this.#length = 0;
    try {
      while (this.#length < this.#buffer.length) {
        const read = readSync(
          this.#fd,
          this.#buffer,
          this.#length,
          this.#buffer.length - this.#length,
          at + this.#length,
        );
        if (read === 0) return;
        this.#length += read;
        if (this.#length >= count) return;
      }
    } catch (error) {
      throw fromSystemError(error, "reading", this.#archive);
    }
  }
}
