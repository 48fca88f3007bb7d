import { fstatSync, readSync } from "node:fs";
import { fromSystemError } from "../../lib/errors.ts";
import { HeaderAssembler, type TarOptions } from "./assembler.ts";
import { display, truncated } from "./failures.ts";
import { BLOCK, padded, type TarHeader } from "./header.ts";

/** One entry of an archive on disk. */
export interface TarMember {
  readonly header: TarHeader;
  /** Where its body begins in the file. */
  readonly offset: number;
}

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
  const assembler = new HeaderAssembler(options);
  const window = new Window(file.fd, assembler.archive);
  let at = 0;
  for (;;) {
    const step = assembler.block(window.read(at, BLOCK), at);
    if (step.kind === "end") return;
    at += BLOCK;
    const size = step.kind === "extension" ? step.size : step.header.size;
    if (at + padded(size) > window.size) {
      const inside = step.kind === "extension" ? "an extended header" : `the body of ${display(step.header.path)}`;
      throw truncated(assembler.archive, window.size, inside);
    }
    if (step.kind === "extension") assembler.extension(window.read(at, size));
    else yield { header: step.header, offset: at };
    at += padded(size);
  }
}

/** The part of a file around the last read. */
class Window {
  readonly size: number;
  readonly #fd: number;
  readonly #archive: string;
  #buffer = Buffer.allocUnsafe(WINDOW);
  #start = 0;
  #length = 0;

  constructor(fd: number, archive: string) {
    this.#fd = fd;
    this.#archive = archive;
    this.size = fstatSync(fd).size;
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
