import type { Feed } from "../../lib/feed.ts";
import { endsEarly } from "./failures.ts";

const CAPACITY = 64 << 10;

/** Zeros behind the last byte of a source, so that what decodes a group of symbols need not look where the end is. */
const MARGIN = 256;

/** The bits of a chunked source, most significant first. Whoever reads asks `need` before for as many bytes as it takes. */
export class Bits {
  readonly #feed: Feed;
  #end = 0;
  #ended = false;
  /** Read `bytes` at `position` (in bits), and move that on. Never changes; what it holds moves in `need`. */
  readonly bytes = new Uint8Array(CAPACITY + MARGIN);
  position = 0;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** True where `count` bytes (at most MARGIN) can be read without a `need`; zeros follow the end of the source. */
  has(count: number): boolean {
    return this.#ended || this.#end - (this.position >> 3) >= count;
  }

  /** Waits until `count` bytes (at most MARGIN) can be read, or the source has ended. */
  async need(count: number): Promise<void> {
    if (this.has(count)) return;
    const from = this.position >> 3;
    this.bytes.copyWithin(0, from, this.#end);
    this.#end -= from;
    this.position &= 7;
    while (this.#end < count) {
      const piece = await this.#feed.piece(CAPACITY - this.#end);
      if (piece.length === 0) {
        this.#ended = true;
        this.bytes.fill(0, this.#end);
        return;
      }
      this.bytes.set(piece, this.#end);
      this.#end += piece.length;
    }
  }

  /** The next `count` bits, 1 to 24. FORMAT_INVALID where they lie behind the end. */
  async read(count: number): Promise<number> {
    await this.need(4);
    return this.take(count);
  }

  /** As read, where `need` was asked before. */
  take(count: number): number {
    const value = this.peek() >>> (32 - count);
    this.position += count;
    this.refuseOverrun();
    return value;
  }

  /** At least the next 25 bits, left-aligned in 32; zeros behind the end. */
  peek(): number {
    const { bytes, position } = this;
    const at = position >> 3;
    const word =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    return word << (position & 7);
  }

  /** FORMAT_INVALID where more was read than there is. */
  refuseOverrun(): void {
    if (this.position > this.#end * 8) throw endsEarly();
  }

  /** Passes over the rest of a byte; true where nothing follows. */
  async atEnd(): Promise<boolean> {
    this.position = (this.position + 7) & ~7;
    await this.need(1);
    return this.position >= this.#end * 8;
  }
}
