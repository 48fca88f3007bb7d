import type { Bits } from "./bits.ts";
import { Codes, MAX_BITS, MAX_SYMBOLS, SHORT_BITS, SHORT_SHIFT } from "./codes.ts";
import { damaged, randomised } from "./failures.ts";

/** Symbols that one selector chooses the codes for. */
const GROUP = 50;

/** Bytes that a group can take, codes being 20 bits at most. */
const GROUP_BYTES = (GROUP * MAX_BITS) / 8 + 4;

/** As many as a block of 900,000 symbols and its end need; writers may list more, which nobody reads. */
const MAX_SELECTORS = 18_002;

const SYMBOL_BYTES = 100_000;

/**
 * A block, decoded up to the run lengths that its text was packed with before everything else. `links` is the inverse of
 * the sorting: entry `first` gives (byte | place of the next entry << 8), `length` times.
 */
export interface Block {
  readonly links: Uint32Array;
  readonly first: number;
  readonly length: number;
}

/** Decodes blocks one after the other; the last one's `links` are overwritten by the next. */
export class BlockDecoder {
  readonly #bits: Bits;
  readonly #codes = new Codes();
  readonly #selectors = new Uint8Array(MAX_SELECTORS);
  #selectorCount = 0;
  /** The bytes that occur, each at its place in the list from which the last one is moved to the front. */
  readonly #recent = new Uint8Array(256);
  readonly #counts = new Uint32Array(256);
  #links = new Uint32Array(0);
  #capacity = 0;
  #length = 0;
  #group = 0;
  #run = 0;
  #runDigit = 0;

  constructor(bits: Bits) {
    this.#bits = bits;
  }

  /** Blocks of up to `level` times 100,000 bytes follow. */
  begin(level: number): void {
    this.#capacity = level * SYMBOL_BYTES;
    if (this.#links.length < this.#capacity) this.#links = new Uint32Array(this.#capacity);
  }

  /** What follows a block's checksum. `turn` is called now and then. Throws FORMAT_INVALID and UNSUPPORTED. */
  async read(turn: () => Promise<void>): Promise<Block> {
    if ((await this.#bits.read(1)) !== 0) throw randomised();
    const origin = await this.#bits.read(24);
    const symbols = (await this.#readBytesThatOccur()) + 2;
    await this.#readCodes(symbols);
    this.#length = this.#group = this.#run = this.#runDigit = 0;
    this.#counts.fill(0);
    while (!this.#decodeGroups(symbols - 1)) {
      await this.#bits.need(GROUP_BYTES);
      await turn();
    }
    if (origin >= this.#length) throw damaged("a block begins behind its end");
    this.#link();
    return { links: this.#links, first: (this.#links[origin] as number) >>> 8, length: this.#length };
  }

  async #readBytesThatOccur(): Promise<number> {
    const ranges = await this.#bits.read(16);
    let count = 0;
    for (let range = 0; range < 16; range++) {
      if ((ranges & (0x8000 >> range)) === 0) continue;
      const bytes = await this.#bits.read(16);
      for (let low = 0; low < 16; low++) {
        if ((bytes & (0x8000 >> low)) !== 0) this.#recent[count++] = range * 16 + low;
      }
    }
    if (count === 0) throw damaged("a block without any byte");
    return count;
  }

  async #readCodes(symbols: number): Promise<void> {
    const kinds = await this.#bits.read(3);
    if (kinds < 2 || kinds > 6) throw damaged(`a block with ${kinds} kinds of codes`);
    await this.#readSelectors(kinds);
    const lengths = new Uint8Array(MAX_SYMBOLS).subarray(0, symbols);
    for (let kind = 0; kind < kinds; kind++) {
      let length = await this.#bits.read(5);
      for (let symbol = 0; symbol < symbols; symbol++) {
        for (;;) {
          if (length < 1 || length > MAX_BITS) throw damaged(`a code of ${length} bits`);
          if (!this.#bits.has(4)) await this.#bits.need(GROUP_BYTES);
          if (this.#bits.take(1) === 0) break;
          length += this.#bits.take(1) === 0 ? 1 : -1;
        }
        lengths[symbol] = length;
      }
      this.#codes.set(kind, lengths);
    }
  }

  /** Selectors are kept as moves to the front of the list of kinds, in unary. */
  async #readSelectors(kinds: number): Promise<void> {
    const count = await this.#bits.read(15);
    if (count === 0) throw damaged("a block without selectors");
    const recent = Uint8Array.from({ length: kinds }, (_, kind) => kind);
    for (let index = 0; index < count; index++) {
      if (!this.#bits.has(4)) await this.#bits.need(GROUP_BYTES);
      let place = 0;
      while (this.#bits.take(1) === 1) if (++place >= kinds) throw damaged("a selector of no codes");
      const kind = recent[place] as number;
      recent.copyWithin(1, 0, place);
      recent[0] = kind;
      if (index < MAX_SELECTORS) this.#selectors[index] = kind;
    }
    this.#selectorCount = Math.min(count, MAX_SELECTORS);
  }

  /** Decodes groups of symbols while there is input for a whole one; true once the symbol `end` has come. */
  #decodeGroups(end: number): boolean {
    while (this.#bits.has(GROUP_BYTES)) {
      if (this.#group >= this.#selectorCount) throw damaged("a block without an end");
      const ended = this.#decodeGroup(this.#selectors[this.#group++] as number, end);
      this.#bits.refuseOverrun();
      if (ended) return true;
    }
    return false;
  }

  #decodeGroup(kind: number, end: number): boolean {
    const bits = this.#bits;
    const { bytes } = bits;
    const { short } = this.#codes;
    const row = kind << SHORT_BITS;
    const [recent, counts, links, capacity] = [this.#recent, this.#counts, this.#links, this.#capacity];
    let { position } = bits;
    let length = this.#length;
    let run = this.#run;
    let runDigit = this.#runDigit;
    let ended = false;
    for (let left = GROUP; left > 0; left--) {
      const at = position >> 3;
      const word =
        (((bytes[at] as number) << 24) |
          ((bytes[at + 1] as number) << 16) |
          ((bytes[at + 2] as number) << 8) |
          (bytes[at + 3] as number)) <<
        (position & 7);
      let found = short[row + (word >>> SHORT_SHIFT)] as number;
      if (found === 0) {
        found = this.#codes.find(kind, word);
        if (found < 0) throw damaged("bits that are no code");
      }
      position += found & 31;
      const symbol = found >> 5;
      if (symbol < 2) {
        // Runs of the byte at the front: bijective base 2, low digits first.
        run += (symbol + 1) << runDigit++;
        if (length + run > capacity) throw damaged("a block of more bytes than it may have");
        continue;
      }
      if (run > 0) {
        const byte = recent[0] as number;
        counts[byte] = (counts[byte] as number) + run;
        links.fill(byte, length, length + run);
        length += run;
        run = runDigit = 0;
      }
      if (symbol === end) {
        ended = true;
        break;
      }
      if (length >= capacity) throw damaged("a block of more bytes than it may have");
      const place = symbol - 1;
      const byte = recent[place] as number;
      if (place > 24) recent.copyWithin(1, 0, place);
      else for (let each = place; each > 0; each--) recent[each] = recent[each - 1] as number;
      recent[0] = byte;
      counts[byte] = (counts[byte] as number) + 1;
      links[length++] = byte;
    }
    bits.position = position;
    this.#length = length;
    this.#run = run;
    this.#runDigit = runDigit;
    return ended;
  }

  /** Undoes the sorting (Burrows-Wheeler): each byte of the sorted rotations learns where the next one stands. */
  #link(): void {
    const [links, counts, length] = [this.#links, this.#counts, this.#length];
    const next = new Uint32Array(256);
    for (let byte = 0, sum = 0; byte < 256; byte++) {
      next[byte] = sum;
      sum += counts[byte] as number;
    }
    for (let at = 0; at < length; at++) {
      const byte = (links[at] as number) & 255;
      const place = next[byte] as number;
      next[byte] = place + 1;
      links[place] = (links[place] as number) | (at << 8);
    }
  }
}
