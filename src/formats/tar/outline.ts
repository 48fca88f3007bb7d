import { Feed } from "../../lib/feed.ts";
import type { TarOptions } from "./assembler.ts";
import { TarCursor, type TarMember } from "./cursor.ts";
import { BLOCK } from "./header.ts";

/** Bytes before the headers: the size of the archive, as a little-endian number. */
const SIZE_BYTES = 8;

/** Headers that are gathered before they are given. */
const PIECE = 256 << 10;

/**
 * What of an archive is no body: its size, and its headers one behind the other, as they are. Some hundred bytes an entry tell
 * as much of it as the whole archive does. `size` is that of the archive, which is read to its end.
 */
export async function* outlineOf(
  source: AsyncIterable<Uint8Array>,
  size: number,
  options: TarOptions = {},
): AsyncGenerator<Uint8Array> {
  const feed = new Feed(source);
  const cursor = new TarCursor(size, options);
  const start = Buffer.alloc(SIZE_BYTES);
  start.writeBigUInt64LE(BigInt(size));
  let gathered: Buffer[] = [start];
  let bytes = SIZE_BYTES;
  try {
    while (!cursor.ended) {
      await skipTo(feed, cursor.at);
      const taken = Buffer.from(await feed.take(cursor.count));
      gathered.push(taken);
      bytes += taken.length;
      cursor.take(taken);
      if (bytes < PIECE) continue;
      yield Buffer.concat(gathered);
      [gathered, bytes] = [[], 0];
    }
    yield Buffer.concat(gathered);
    while ((await feed.piece(Number.POSITIVE_INFINITY)).length > 0);
  } finally {
    await feed.close();
  }
}

/** The entries of an archive, from its outline; fails as readTar does on the archive itself. */
export async function* outlineMembers(
  outline: AsyncIterable<Uint8Array>,
  options: TarOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const feed = new Feed(outline);
  try {
    const start = Buffer.from(await feed.take(SIZE_BYTES));
    const size = start.length < SIZE_BYTES ? 0 : Number(start.readBigUInt64LE());
    const cursor = new TarCursor(size, options);
    while (!cursor.ended) {
      const member = cursor.take(Buffer.from(await feed.take(cursor.count)));
      if (member !== undefined) yield member;
    }
    while ((await feed.piece(BLOCK)).length > 0);
  } finally {
    await feed.close();
  }
}

async function skipTo(feed: Feed, offset: number): Promise<void> {
  while (feed.offset < offset) {
    const piece = await feed.piece(offset - feed.offset);
    if (piece.length === 0) return;
  }
}
