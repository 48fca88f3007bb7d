/** Longest code that the format allows, in bits. */
export const MAX_BITS = 20;

/** 256 bytes, two run symbols and the end of the block, less the byte at the front, which runs stand for. */
export const MAX_SYMBOLS = 258;

/** Codes up to this length are found by one look into a table; most symbols have one. */
const SHORT = 10;

/** Canonical Huffman codes of up to six kinds: rows of one array each, so that a decoder needs no objects. */
export class Codes {
  /** For every start of SHORT bits: symbol << 5 | length; 0 where the code is longer or there is none. */
  readonly short = new Uint16Array(6 << SHORT);
  /** For each length the first value of MAX_BITS bits that no code of this length or a shorter one begins. */
  readonly #limits = new Uint32Array(6 * (MAX_BITS + 1));
  /** What to add to a code of this length for its place among the sorted symbols. */
  readonly #offsets = new Int32Array(6 * (MAX_BITS + 1));
  readonly #sorted = new Uint16Array(6 * MAX_SYMBOLS);

  /**
   * Sets the codes of a kind by their lengths, 1 to MAX_BITS. Lengths that no codes can have leave it without any: some
   * writers fill a kind that they do not use with anything.
   */
  set(kind: number, lengths: Uint8Array): void {
    const counts = new Uint16Array(MAX_BITS + 1);
    for (const length of lengths) counts[length] = (counts[length] as number) + 1;
    const row = kind * (MAX_BITS + 1);
    const next = new Uint16Array(MAX_BITS + 1);
    let code = 0;
    let sorted = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      const count = counts[length] as number;
      next[length] = sorted;
      this.#offsets[row + length] = sorted - code;
      code += count;
      sorted += count;
      this.#limits[row + length] = code * 2 ** (MAX_BITS - length);
      code <<= 1;
    }
    const possible = (this.#limits[row + MAX_BITS] as number) <= 2 ** MAX_BITS;
    if (!possible) this.#limits.fill(0, row, row + MAX_BITS + 1);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol] as number;
      const place = next[length] as number;
      next[length] = place + 1;
      this.#sorted[kind * MAX_SYMBOLS + place] = symbol;
    }
    this.#fillShort(kind, lengths, possible);
  }

  #fillShort(kind: number, lengths: Uint8Array, possible: boolean): void {
    const from = kind << SHORT;
    this.short.fill(0, from, from + (1 << SHORT));
    if (!possible) return;
    let at = from;
    for (let place = 0; place < lengths.length; place++) {
      const symbol = this.#sorted[kind * MAX_SYMBOLS + place] as number;
      const length = lengths[symbol] as number;
      if (length > SHORT) return;
      const end = at + (1 << (SHORT - length));
      this.short.fill((symbol << 5) | length, at, end);
      at = end;
    }
  }

  /** The code that `bits` (left-aligned in 32) begin with, as symbol << 5 | length; -1 where none does. */
  find(kind: number, bits: number): number {
    const start = bits >>> (32 - MAX_BITS);
    const row = kind * (MAX_BITS + 1);
    for (let length = 1; length <= MAX_BITS; length++) {
      if (start >= (this.#limits[row + length] as number)) continue;
      const place = (start >>> (MAX_BITS - length)) + (this.#offsets[row + length] as number);
      return ((this.#sorted[kind * MAX_SYMBOLS + place] as number) << 5) | length;
    }
    return -1;
  }
}

/** How far bits that are left-aligned in 32 are to be shifted for an index into a row of `short`. */
export const SHORT_SHIFT = 32 - SHORT;
export const SHORT_BITS = SHORT;
