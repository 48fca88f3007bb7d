const NOTHING = Buffer.alloc(0);

/** Bytes of a chunked source by number instead of by chunk; copies only what lies across a chunk's edge. */
export class Feed {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = NOTHING;
  #ended = false;
  /** Bytes taken so far. */
  offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next 1..atMost bytes; none at the end of the source. */
  async piece(atMost: number): Promise<Buffer> {
    while (this.#chunk.length === 0 && !this.#ended) await this.#pull();
    const piece = this.#chunk.length <= atMost ? this.#chunk : this.#chunk.subarray(0, atMost);
    this.#chunk = this.#chunk.subarray(piece.length);
    this.offset += piece.length;
    return piece;
  }

  /** The next `count` bytes in one piece; fewer at the end of the source. */
  async take(count: number): Promise<Buffer> {
    const first = await this.piece(count);
    if (first.length === count) return first;
    const pieces = [first];
    let missing = count - first.length;
    while (missing > 0) {
      const next = await this.piece(missing);
      if (next.length === 0) break;
      pieces.push(next);
      missing -= next.length;
    }
    return Buffer.concat(pieces);
  }

  /** `first`, and everything that was not taken yet; closes the feed when it is left. */
  async *rest(first: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      if (first.length > 0) yield first;
      for (;;) {
        const piece = await this.piece(Number.POSITIVE_INFINITY);
        if (piece.length === 0) return;
        yield piece;
      }
    } finally {
      await this.close();
    }
  }

  /** Lets a source that was not read to its end release what it holds. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#source.return?.();
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await this.#source.next();
      if (done) this.#ended = true;
      else this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }
}
