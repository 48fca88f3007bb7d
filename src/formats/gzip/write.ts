import { constants, crc32, deflateRaw } from "node:zlib";
import { DistillError } from "../../lib/errors.ts";
import { workerCount } from "../../lib/workers/count.ts";

/** Part of the format: another size gives other bytes. */
const BLOCK = 1024 * 1024;

/** How far back deflate can refer (RFC 1951), so what a block needs of the one before it. */
const WINDOW = 32 * 1024;

/** The output buffer of one call: a block that does not compress, with room to spare, so that each call is one job of the pool. */
const OUTPUT = BLOCK + 64 * 1024;

/** Threads of libuv's pool, unless UV_THREADPOOL_SIZE says otherwise. */
const POOL = 4;

/** RFC 1952, 2.3: magic, deflate, no flags, no mtime, no extra flags, unknown operating system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * Compresses to one gzip member (RFC 1952). Blocks of 1 MiB are deflated side by side, each with the last 32 KiB of
 * the one before as its dictionary and ended by an empty stored block (Z_SYNC_FLUSH), as pigz does.
 *
 * The bytes depend on the input, `level` (0 to 9, default 6) and the zlib that Node was built with, and on nothing
 * else: not on `workers` (blocks under way at a time), on how the input is cut or on how fast it comes. At most
 * `workers` + 1 blocks are in memory. A failure of `source` comes through as it is.
 */
export async function* gzip(
  source: AsyncIterable<Uint8Array>,
  options: { readonly level?: number; readonly workers?: number } = {},
): AsyncGenerator<Uint8Array> {
  const level = integer("level", options.level ?? 6, 0, 9);
  const workers = integer("workers", options.workers ?? workerCount(POOL), 1, 1024);
  const pending: { readonly block: Uint8Array; readonly compressed: Promise<Uint8Array> }[] = [];
  const used: Uint8Array[] = [];
  let block: Uint8Array = Buffer.allocUnsafe(BLOCK);
  let filled = 0;
  let dictionary: Uint8Array | undefined;
  let crc = 0;
  let size = 0;

  const start = (last: boolean): void => {
    const data = block.subarray(0, filled);
    crc = crc32(data, crc);
    size += filled;
    const compressed = deflateBlock(data, level, dictionary, last);
    // Awaited later, in order; until then a failure must not count as unhandled.
    compressed.catch(() => {});
    pending.push({ block, compressed });
    // A copy: a view would keep the whole block alive.
    dictionary = last ? undefined : Uint8Array.from(data.subarray(-WINDOW));
  };

  /** The oldest block under way; its memory is used again. */
  const finishOne = async (): Promise<Uint8Array> => {
    const { block, compressed } = pending.shift() as (typeof pending)[number];
    const bytes = await compressed;
    used.push(block);
    return bytes;
  };

  try {
    yield HEADER;
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        // A full block waits for the next byte, because only then it is known not to be the last one.
        if (filled === BLOCK) {
          const done = pending.length < workers ? undefined : await finishOne();
          start(false);
          block = used.pop() ?? Buffer.allocUnsafe(BLOCK);
          filled = 0;
          if (done !== undefined) yield done;
        }
        const part = chunk.subarray(at, at + BLOCK - filled);
        block.set(part, filled);
        filled += part.length;
        at += part.length;
      }
    }
    if (pending.length >= workers) yield await finishOne();
    start(true);
    while (pending.length > 0) yield await finishOne();
    yield trailer(crc, size);
  } finally {
    await Promise.allSettled(pending.map(({ compressed }) => compressed));
  }
}

function deflateBlock(
  data: Uint8Array,
  level: number,
  dictionary: Uint8Array | undefined,
  last: boolean,
): Promise<Uint8Array> {
  const options = {
    level,
    chunkSize: OUTPUT,
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(dictionary === undefined ? {} : { dictionary }),
  };
  return new Promise((resolve, reject) => {
    deflateRaw(data, options, (error, compressed) => {
      if (error === null) resolve(compressed);
      else reject(error);
    });
  });
}

/** RFC 1952, 2.3.1: CRC-32 and the size modulo 2^32. */
function trailer(crc: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(size % 2 ** 32, 4);
  return bytes;
}

function integer(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new DistillError("USAGE", `gzip ${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
