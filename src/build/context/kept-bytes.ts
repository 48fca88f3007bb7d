import { hash } from "node:crypto";
import { readSync } from "node:fs";

/** The place of bytes that were not kept. */
export const NOT_KEPT = -1;

/** Bytes of files that were read, one behind the other, up to a bound: so that small files need not be opened again. */
export class KeptBytes {
  readonly #limit: number;
  #buffer: Buffer | undefined;
  #used = 0;
  #scratch = Buffer.alloc(0);

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Reads a file that should have `expected` bytes from its beginning, and names them; another size means that it has
   * more or fewer. `at` is where the bytes are kept, or NOT_KEPT where there is no room for them.
   */
  read(fd: number, expected: number): { readonly sha256: string; readonly size: number; readonly at: number } {
    // One byte more tells that the file ends there.
    const room = expected + 1;
    const isKept = this.#used + room <= this.#limit;
    const [buffer, start] = isKept ? [this.#memory(), this.#used] : [this.#spare(room), 0];
    let size = 0;
    while (size < room) {
      const read = readSync(fd, buffer, start + size, room - size, null);
      size += read;
      // A file gives what it has at once; only an empty answer is its end, yet one that has as many as expected needs none.
      if (read === 0 || size === expected) break;
    }
    const sha256 = hash("sha256", buffer.subarray(start, start + size), "hex");
    if (!isKept) return { sha256, size, at: NOT_KEPT };
    this.#used += size;
    return { sha256, size, at: start };
  }

  /** Not to be changed. */
  bytes(at: number, length: number): Uint8Array {
    return this.#memory().subarray(at, at + length);
  }

  /** Pages that nothing is written to take no memory. */
  #memory(): Buffer {
    this.#buffer ??= Buffer.allocUnsafeSlow(this.#limit);
    return this.#buffer;
  }

  #spare(room: number): Buffer {
    if (this.#scratch.length < room) this.#scratch = Buffer.allocUnsafeSlow(room);
    return this.#scratch;
  }
}
