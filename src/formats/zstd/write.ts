import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { DistillError } from "../../lib/errors.ts";
import { workerCount } from "../../lib/workers/count.ts";

/** Part of the format: another size gives other bytes. At level 3 the window is 2 MiB, so little is lost at the seams. */
const BLOCK = 8 * 1024 * 1024;

/** Room for a block that does not compress (ZSTD_compressBound), so that each call is one job of the pool. */
const OUTPUT = BLOCK + BLOCK / 128;

/** Threads of libuv's pool, unless UV_THREADPOOL_SIZE says otherwise. */
const POOL = 4;

const compress = promisify(zstdCompress);

/**
 * Compresses to zstd (RFC 8878): a frame for each 8 MiB, each with its size and checksum, made side by side.
 *
 * The bytes depend on the input, `level` (1 to 22, default 3) and the zstd that Node was built with, and on nothing
 * else: not on `workers` (blocks under way at a time), on how the input is cut or on how fast it comes. At most
 * `workers` + 1 blocks are in memory. A failure of `source` comes through as it is.
 */
export async function* zstd(
  source: AsyncIterable<Uint8Array>,
  options: { readonly level?: number; readonly workers?: number } = {},
): AsyncGenerator<Uint8Array> {
  const level = integer("level", options.level ?? 3, 1, 22);
  const workers = integer("workers", options.workers ?? workerCount(POOL), 1, 1024);
  const pending: Promise<Uint8Array>[] = [];
  try {
    for await (const block of blocksOf(source)) {
      if (pending.length >= workers) yield (await pending.shift()) as Uint8Array;
      const frame = compressBlock(block, level);
      // Awaited later, in order; until then a failure must not count as unhandled.
      frame.catch(() => {});
      pending.push(frame);
    }
    while (pending.length > 0) yield (await pending.shift()) as Uint8Array;
  } finally {
    await Promise.allSettled(pending);
  }
}

/** The source in pieces of BLOCK bytes, the last one shorter; one of none where it is empty. */
async function* blocksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(BLOCK);
  let filled = 0;
  let full = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      if (filled === BLOCK) {
        yield block;
        full++;
        block = Buffer.allocUnsafe(BLOCK);
        filled = 0;
      }
      const part = chunk.subarray(at, at + BLOCK - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  if (filled > 0 || full === 0) yield block.subarray(0, filled);
}

function compressBlock(block: Uint8Array, level: number): Promise<Uint8Array> {
  return compress(block, {
    chunkSize: OUTPUT,
    pledgedSrcSize: block.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

function integer(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new DistillError("USAGE", `zstd ${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
