import { Feed } from "../../lib/feed.ts";
import { HeaderAssembler, type TarOptions } from "./assembler.ts";
import { display, truncated } from "./failures.ts";
import { BLOCK, padded, type TarHeader } from "./header.ts";

/** One entry of a streamed archive. */
export interface TarEntry {
  readonly header: TarHeader;
  /** To be read once, before the next entry is asked for; what is not read by then is skipped. Chunks are not copies. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar archive (v7, ustar, GNU, PAX) from a stream of uncompressed bytes, in any chunking. The source is read
 * to its end even behind the archive's, so that a digest taken over it covers all of it; those bytes are ignored.
 * Throws FORMAT_INVALID for garbage and truncation, LIMIT_EXCEEDED over a limit, UNSUPPORTED for sparse files.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  options: TarOptions = {},
): AsyncGenerator<TarEntry, void, undefined> {
  const feed = new Feed(source);
  const assembler = new HeaderAssembler(options);
  try {
    for (;;) {
      const offset = feed.offset;
      const step = assembler.block(await feed.take(BLOCK), offset);
      if (step.kind === "end") break;
      if (step.kind === "extension") {
        const data = await feed.take(padded(step.size));
        if (data.length < padded(step.size)) throw truncated(assembler.archive, feed.offset, "an extended header");
        assembler.extension(data.subarray(0, step.size));
        continue;
      }
      const body = new Body(feed, step.header, assembler.archive);
      yield { header: step.header, body };
      await body.finish();
    }
    while ((await feed.piece(Number.POSITIVE_INFINITY)).length > 0);
  } finally {
    await feed.close();
  }
}

class Body implements AsyncIterable<Uint8Array> {
  readonly #feed: Feed;
  readonly #header: TarHeader;
  readonly #archive: string;
  #remaining: number;
  #taken = false;

  constructor(feed: Feed, header: TarHeader, archive: string) {
    this.#feed = feed;
    this.#header = header;
    this.#archive = archive;
    this.#remaining = header.size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#taken) throw new Error(`body of ${display(this.#header.path)} was read or skipped already`);
    this.#taken = true;
    while (this.#remaining > 0) yield await this.#next(this.#remaining);
  }

  /** Passes over what was not read, and the padding. */
  async finish(): Promise<void> {
    this.#taken = true;
    this.#remaining += padded(this.#header.size) - this.#header.size;
    while (this.#remaining > 0) await this.#next(this.#remaining);
  }

  async #next(atMost: number): Promise<Uint8Array> {
    const piece = await this.#feed.piece(atMost);
    if (piece.length === 0) {
      throw truncated(this.#archive, this.#feed.offset, `the body of ${display(this.#header.path)}`);
    }
    this.#remaining -= piece.length;
    return piece;
  }
}
