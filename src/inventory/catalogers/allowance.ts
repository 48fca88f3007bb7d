/** What a text takes beside its characters, roughly. */
const OVERHEAD = 64;

/**
 * How much may be made of one file, in bytes of memory. A file can ask for far more than it has: a long directory with many short names,
 * each of which becomes a path.
 */
export class Allowance {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** False where nothing is left for a text of that length, then and ever after. */
  spend(length: number): boolean {
    this.#left -= length + OVERHEAD;
    return this.#left >= 0;
  }

  spendAll(texts: readonly string[]): boolean {
    return texts.every((text) => this.spend(text.length));
  }
}
