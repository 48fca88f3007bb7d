import { constants, createZstdDecompress } from "node:zlib";
import { DistillError, systemErrorCode } from "../../lib/errors.ts";
import { Feed } from "../../lib/feed.ts";
import { through } from "../../lib/through.ts";
import { damaged } from "./failures.ts";
import { frameBytes, startFrame } from "./frame.ts";

const CHUNK = 256 * 1024;

/** Each frame costs a decoder; real streams have one for some megabytes. */
const MAX_FRAMES = 1_000_000;

/**
 * Decompresses zstd (RFC 8878): one frame or several, skippable ones among them. Streams. Node's decoder stops without
 * a word behind the first frame, so the frames are told apart here and each gets a decoder of its own.
 *
 * Throws FORMAT_INVALID for anything that is not zstd, is damaged or ends early; LIMIT_EXCEEDED for a window of more
 * than 128 MiB. A failure of `source` comes through as it is.
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feed = new Feed(source);
  try {
    for (let frames = 0; ; frames++) {
      if (frames > MAX_FRAMES)
        throw new DistillError("LIMIT_EXCEEDED", `zstd stream of more than ${MAX_FRAMES} frames`);
      const start = await startFrame(feed);
      if (start.kind === "frame") yield* frame(feed, start.magic);
      if (start.kind !== "end") continue;
      if (frames === 0) throw damaged("it is empty");
      return;
    }
  } finally {
    await feed.close();
  }
}

async function* frame(feed: Feed, magic: Uint8Array): AsyncGenerator<Uint8Array> {
  let whole = false;
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield* frameBytes(feed, magic);
    whole = true;
  };
  const engine = createZstdDecompress({
    chunkSize: CHUNK,
    params: { [constants.ZSTD_d_windowLogMax]: 27 },
  });
  yield* through(bytes(), { input: engine, output: engine, failure });
  if (!whole) throw damaged("a frame ends before its last block");
}

function failure(error: Error): unknown {
  const code = systemErrorCode(error) ?? "";
  if (code === "Z_BUF_ERROR") return damaged("it ends early", error);
  if (!code.startsWith("ZSTD_") || code === "ZSTD_error_memory_allocation") return error;
  return damaged(error.message, error);
}
