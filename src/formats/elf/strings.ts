import { excessive, malformed, type Pages } from "./source.ts";

/** A name, an interpreter. A search path may hold some more. */
export const NAME_LIMIT = 4096;
export const PATH_LIST_LIMIT = 16 * NAME_LIMIT;

/** Of all the strings of one file. */
const TOTAL_LIMIT = 4 * 1024 * 1024;

/** Most names fit; a longer one takes further steps. */
const STEP = 256;

/** A part of the file that holds strings which end in a zero byte. */
export class StringTable {
  readonly #pages: Pages;
  readonly #offset: number;
  readonly #length: number;
  #total = 0;

  constructor(pages: Pages, range: { readonly offset: number; readonly length: number }) {
    this.#pages = pages;
    this.#offset = range.offset;
    this.#length = range.length;
  }

  /** The string at `index`, one char per byte (latin1). FORMAT_INVALID where it does not end inside the table. */
  async at(index: number, what: string, limit = NAME_LIMIT): Promise<string> {
    let text = "";
    for (let at = index; at < this.#length; at += STEP) {
      const length = Math.min(STEP, this.#length - at);
      const bytes = await this.#pages.bytes(this.#offset + at, length, what);
      const end = bytes.indexOf(0);
      const part = end === -1 ? bytes : bytes.subarray(0, end);
      text += latin1(part);
      this.#total += part.length;
      if (text.length > limit) throw malformed(`${what} is longer than ${limit} bytes`);
      if (this.#total > TOTAL_LIMIT) throw excessive("more than 4 MiB of names");
      if (end !== -1) return text;
    }
    throw malformed(`${what} does not end inside the table of names`);
  }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
