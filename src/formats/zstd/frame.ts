import { DistillError } from "../../lib/errors.ts";
import type { Feed } from "../../lib/feed.ts";
import { damaged } from "./failures.ts";

/** RFC 8878, 3.1.1: the first four bytes of a frame, little-endian. */
const MAGIC = 0xfd2fb528;
/** RFC 8878, 3.1.2: sixteen magic numbers whose frames hold nothing for a decoder. */
const SKIPPABLE = 0x184d2a50;

/** What zstd itself decodes by default (windowLog 27); RFC 8878 lets a decoder refuse more than 8 MiB. */
const MAX_WINDOW = 128 << 20;
/** RFC 8878, 3.1.1.2.3. */
const MAX_BLOCK = 128 << 10;
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** Bytes of the Dictionary_ID and Frame_Content_Size fields, by their flags (RFC 8878, 3.1.1.1.1). */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** What begins at the feed's position: a frame with these first bytes, one to be skipped, or the end. */
export type FrameStart =
  | { readonly kind: "frame"; readonly magic: Uint8Array }
  | { readonly kind: "skippable" }
  | { readonly kind: "end" };

/** Reads a magic number; for a skippable frame also its length, and passes over it. */
export async function startFrame(feed: Feed): Promise<FrameStart> {
  const magic = await feed.take(4);
  if (magic.length === 0) return { kind: "end" };
  if (magic.length < 4) throw damaged("it is followed by bytes that are no frame");
  const number = magic.readUInt32LE();
  if (number === MAGIC) return { kind: "frame", magic };
  if ((number & 0xfffffff0) !== SKIPPABLE) throw damaged("no frame begins where one should");
  let left = (await takeAll(feed, 4)).readUInt32LE();
  while (left > 0) left -= (await pieceOf(feed, left)).length;
  return { kind: "skippable" };
}

/**
 * The bytes of one frame, from its magic number to its checksum, neither more nor fewer (RFC 8878, 3.1.1). Throws
 * FORMAT_INVALID for a frame that ends early or is malformed, LIMIT_EXCEEDED for one that needs a window of more than
 * 128 MiB, UNSUPPORTED for one that needs a dictionary.
 */
export async function* frameBytes(feed: Feed, magic: Uint8Array): AsyncGenerator<Uint8Array> {
  const header = await readHeader(feed);
  yield Buffer.concat([magic, header.bytes]);
  for (let last = false; !last; ) {
    const bytes = await takeAll(feed, 3);
    const field = bytes.readUIntLE(0, 3);
    last = (field & 1) === 1;
    const [type, size] = [(field >> 1) & 3, field >> 3];
    if (type !== RAW && type !== RLE && type !== COMPRESSED) throw damaged("a block of a reserved type");
    if (size > MAX_BLOCK) throw damaged(`a block of ${size} bytes, more than ${MAX_BLOCK}`);
    yield bytes;
    for (let left = type === RLE ? 1 : size; left > 0; ) {
      const piece = await pieceOf(feed, left);
      left -= piece.length;
      yield piece;
    }
  }
  if (header.checksum) yield await takeAll(feed, 4);
}

async function readHeader(feed: Feed): Promise<{ readonly bytes: Uint8Array; readonly checksum: boolean }> {
  const first = await takeAll(feed, 1);
  const descriptor = first[0] as number;
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_BYTES[descriptor & 3] as number;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && single ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] as number);
  const rest = await takeAll(feed, (single ? 0 : 1) + dictionaryBytes + sizeBytes);
  const dictionary = rest.subarray(single ? 0 : 1).subarray(0, dictionaryBytes);
  if (dictionary.some((byte) => byte !== 0)) {
    throw new DistillError("UNSUPPORTED", "the zstd stream needs a dictionary, which does not come with it");
  }
  const window = single ? contentSize(rest.subarray(dictionaryBytes)) : windowSize(rest[0] as number);
  if (window > MAX_WINDOW) {
    throw new DistillError(
      "LIMIT_EXCEEDED",
      `the zstd stream needs a window of ${window} bytes, more than ${MAX_WINDOW}`,
    );
  }
  return { bytes: Buffer.concat([first, rest]), checksum: (descriptor & 4) !== 0 };
}

/** RFC 8878, 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** RFC 8878, 3.1.1.1.4; a field of two bytes counts from 256. */
function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

async function takeAll(feed: Feed, count: number): Promise<Buffer> {
  const bytes = await feed.take(count);
  if (bytes.length < count) throw damaged("it ends early");
  return bytes;
}

async function pieceOf(feed: Feed, atMost: number): Promise<Buffer> {
  const piece = await feed.piece(atMost);
  if (piece.length === 0) throw damaged("it ends early");
  return piece;
}
