import { Feed } from "../../lib/feed.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { Bits } from "./bits.ts";
import { BlockDecoder } from "./block.ts";
import { addToCrc, CRC_MASK } from "./crc.ts";
import { damaged } from "./failures.ts";
import { Expansion } from "./run-lengths.ts";

const CHUNK = 128 * 1024;

/** "BZh", and the six bytes (pi, and its square root) before a block and before the checksum of a stream. */
const MAGIC = 0x425a68;
const BLOCK_MAGIC = [0x314159, 0x265359] as const;
const END_MAGIC = [0x177245, 0x385090] as const;

/** Milliseconds of decoding after which other work (Ctrl-C, progress) has its turn. */
const TURN = 20;

/**
 * Decompresses bzip2: one stream or several. Streams: a block of up to 900,000 bytes is held as it was packed (3.6 MB),
 * never its text, which can be 50 times as long. Works on the calling thread, and lets others have their turn.
 *
 * Throws FORMAT_INVALID for anything that is not bzip2, is damaged (checksums of blocks and streams), ends early or is
 * followed by other bytes; UNSUPPORTED for the randomised blocks of bzip2 before 0.9.5; LIMIT_EXCEEDED before more than
 * `maxBytes` are yielded. A failure of `source` comes through as it is.
 */
export function bunzip2(
  source: AsyncIterable<Uint8Array>,
  limits: { readonly maxBytes?: number } = {},
): AsyncGenerator<Uint8Array> {
  const output = streams(source);
  return limits.maxBytes === undefined
    ? output
    : limitBytes(output, limits.maxBytes, "the content of the bzip2 stream");
}

async function* streams(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feed = new Feed(source);
  const bits = new Bits(feed);
  const decoder = new BlockDecoder(bits);
  const turn = turns();
  // Filled across blocks and streams: those can be tiny, and many.
  let chunk = Buffer.allocUnsafe(CHUNK);
  let filled = 0;
  try {
    do {
      decoder.begin(await readLevel(bits));
      let streamSum = 0;
      for (let stated = await readBlockStart(bits); stated !== undefined; stated = await readBlockStart(bits)) {
        const expansion = new Expansion(await decoder.read(turn));
        let sum = CRC_MASK;
        while (!expansion.ended) {
          const from = filled;
          filled = expansion.write(chunk, from);
          sum = addToCrc(sum, chunk, from, filled);
          if (filled < CHUNK) continue;
          yield chunk;
          chunk = Buffer.allocUnsafe(CHUNK);
          filled = 0;
          await turn();
        }
        const blockSum = ~sum >>> 0;
        if (blockSum !== stated) throw damaged("a block's checksum is wrong");
        streamSum = (((streamSum << 1) | (streamSum >>> 31)) ^ blockSum) >>> 0;
        await turn();
      }
      if ((await readSum(bits)) !== streamSum) throw damaged("the checksum of the whole is wrong");
      await turn();
    } while (!(await bits.atEnd()));
  } catch (error) {
    // What came before the damage, as it would in larger streams: it can tell what the stream holds.
    if (filled > 0) yield chunk.subarray(0, filled);
    filled = 0;
    throw error;
  } finally {
    await feed.close();
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

/** The digit behind the magic number: how many 100,000 bytes a block has at most. */
async function readLevel(bits: Bits): Promise<number> {
  const magic = await bits.read(24);
  const level = (await bits.read(8)) - 0x30;
  if (magic !== MAGIC || level < 1 || level > 9) throw damaged("no stream begins where one should");
  return level;
}

/** The stated checksum of the block that follows; undefined where the stream ends. */
async function readBlockStart(bits: Bits): Promise<number | undefined> {
  const high = await bits.read(24);
  const low = await bits.read(24);
  if (high === END_MAGIC[0] && low === END_MAGIC[1]) return undefined;
  if (high === BLOCK_MAGIC[0] && low === BLOCK_MAGIC[1]) return readSum(bits);
  throw damaged("no block begins where one should");
}

async function readSum(bits: Bits): Promise<number> {
  const high = await bits.read(16);
  return ((high << 16) | (await bits.read(16))) >>> 0;
}

function turns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}
