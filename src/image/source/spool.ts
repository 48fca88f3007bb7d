import { randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untilCancelled } from "../../lib/cancel.ts";
import { fromSystemError } from "../../lib/errors.ts";
import { Feed } from "../../lib/feed.ts";
import { writeFully } from "../../lib/files.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";

/** An archive that unpacks to more is an attack, or wants to be read from a plain file. */
const MAX_SPOOL = 32 * 2 ** 30;

const MAGIC = { gzip: "1f8b", zstd: "28b52ffd", xz: "fd377a585a00" };
/** Bytes that tell what an archive is packed with. */
export const MAGIC_BYTES = 6;

/** What an archive that begins with these bytes is packed with. */
export function packingOf(start: Uint8Array): "gzip" | "zstd" | "xz" | undefined {
  const hex = Buffer.from(start).toString("hex");
  return (["gzip", "zstd", "xz"] as const).find((packing) => hex.startsWith(MAGIC[packing]));
}

/** As spool, for a stream that is what it is, whatever it begins with. */
export async function spoolPlain(
  source: AsyncIterable<Uint8Array>,
  what: string,
  signal: AbortSignal | undefined,
): Promise<FileHandle> {
  return toFile(async () => untilCancelled(source, signal), what);
}

/**
 * Writes a stream, unpacked where it is gzip, zstd or xz, to a temporary file that has no name any more when this
 * returns: it goes with its handle, however the process ends. LIMIT_EXCEEDED beyond 32 GiB.
 */
export async function spool(
  source: AsyncIterable<Uint8Array>,
  what: string,
  signal: AbortSignal | undefined,
): Promise<FileHandle> {
  return toFile(() => unpacked(untilCancelled(source, signal)), what);
}

async function toFile(content: () => Promise<AsyncIterable<Uint8Array>>, what: string): Promise<FileHandle> {
  const path = join(tmpdir(), `distill-${randomBytes(8).toString("hex")}`);
  const handle = await open(path, "wx+", 0o600).catch((error) => {
    throw fromSystemError(error, "writing", path);
  });
  try {
    await rm(path);
    for await (const chunk of limitBytes(await content(), MAX_SPOOL, what)) {
      await writeFully(handle, chunk).catch((error) => {
        throw fromSystemError(error, "writing", path);
      });
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function unpacked(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const feed = new Feed(source);
  const start = await feed.take(MAGIC_BYTES);
  const whole = rest(start, feed);
  switch (packingOf(start)) {
    case "gzip":
      return (await import("../../formats/gzip/read.ts")).gunzip(whole);
    case "zstd":
      return (await import("../../formats/zstd/read.ts")).unzstd(whole);
    case "xz":
      return (await import("../../formats/xz/read.ts")).unxz(whole);
    case undefined:
      return whole;
  }
}

async function* rest(start: Uint8Array, feed: Feed): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start;
    for (;;) {
      const piece = await feed.piece(Number.POSITIVE_INFINITY);
      if (piece.length === 0) return;
      yield piece;
    }
  } finally {
    await feed.close();
  }
}
