import { type Content, streamContent } from "../../rootfs/content.ts";

const LINE_FEED = 0x0a;

/** A line without its end; undefined in place of one that is too long. */
export type Line = Buffer | undefined;

/**
 * Lines in order, those of one window of the content at a time: for each line a promise would take longer than the work. What is longer
 * than `maxLine` bytes is never held whole.
 */
export async function* linesOf(content: Content, maxLine: number): AsyncGenerator<Iterable<Line>> {
  const splitter = new LineSplitter(maxLine);
  for await (const chunk of streamContent(content)) yield splitter.split(chunk);
  yield splitter.last();
}

class LineSplitter {
  readonly #maxLine: number;
  #rest: Buffer = Buffer.alloc(0);
  #isTooLong = false;

  constructor(maxLine: number) {
    this.#maxLine = maxLine;
  }

  /** The lines that end in this chunk. They must all be taken before the next. */
  *split(chunk: Uint8Array): Generator<Line> {
    const isWhole = this.#rest.length === 0;
    const block = isWhole
      ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(LINE_FEED, start); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      yield this.#isTooLong || end - start > this.#maxLine ? undefined : block.subarray(start, end);
      this.#isTooLong = false;
      start = end + 1;
    }
    this.#rest = block.subarray(start);
    if (this.#rest.length > this.#maxLine) {
      this.#isTooLong = true;
      this.#rest = Buffer.alloc(0);
    }
  }

  /** What follows the last line feed. */
  *last(): Generator<Line> {
    if (this.#isTooLong) yield undefined;
    else if (this.#rest.length > 0) yield this.#rest;
  }
}
