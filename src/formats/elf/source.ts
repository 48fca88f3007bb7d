import { DistillError } from "../../lib/errors.ts";

/** Bytes that are read by position. A read is short only at the end. */
export interface PageSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

const PAGE = 16 * 1024;

/** Enough for the largest tables that are accepted; a sound file needs some 10 pages. */
const READ_LIMIT = 16 * 1024 * 1024;

/** For an error that is about the file's own contents. */
export function malformed(what: string): DistillError {
  return new DistillError("FORMAT_INVALID", `malformed ELF file: ${what}`);
}

/** For a table that is larger than any sound file has. */
export function excessive(what: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `ELF file with ${what}`);
}

/** Keeps what was read of a source, page by page; never asks for a page twice or for more than 16 MiB in all. */
export class Pages {
  readonly #source: PageSource;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(source: PageSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#source.size;
  }

  /** Exactly these bytes; FORMAT_INVALID where the file has no such range. `what` names them. */
  async bytes(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (!(offset >= 0 && offset + length <= this.size)) throw malformed(`${what} lies outside of the file`);
    const first = await this.#page(Math.floor(offset / PAGE));
    const start = offset % PAGE;
    if (start + length <= first.length) return first.subarray(start, start + length);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const page = await this.#page(Math.floor((offset + done) / PAGE));
      const part = page.subarray((offset + done) % PAGE).subarray(0, length - done);
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  async #page(number: number): Promise<Uint8Array> {
    const known = this.#pages.get(number);
    if (known !== undefined) return known;
    if ((this.#pages.size + 1) * PAGE > READ_LIMIT) throw excessive("tables that are scattered too widely");
    const offset = number * PAGE;
    const wanted = Math.min(PAGE, this.size - offset);
    const page = await this.#source.read(offset, wanted);
    if (page.length < wanted) throw malformed("it is shorter than it was said to be");
    this.#pages.set(number, page);
    return page;
  }
}
