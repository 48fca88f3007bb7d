import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { MAGIC_BYTES, packingOf, unpackStream } from "../../formats/packing/packing.ts";
import { untilCancelled } from "../../lib/cancel.ts";
import { Feed } from "../../lib/feed.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { unnamedFile } from "../../lib/unnamed-file.ts";

/** An archive that unpacks to more is an attack, or wants to be read from a plain file. */
const MAX_SPOOL = 32 * 2 ** 30;

/** As spool, for a stream that is what it is, whatever it begins with. */
export async function spoolPlain(
  source: AsyncIterable<Uint8Array>,
  what: string,
  signal: AbortSignal | undefined,
): Promise<FileHandle> {
  return toFile(untilCancelled(source, signal), what);
}

/**
 * Writes a stream, unpacked where it is gzip, bzip2, xz or zstd, to a temporary file that has no name any more when this
 * returns: it goes with its handle, however the process ends. LIMIT_EXCEEDED beyond 32 GiB.
 */
export async function spool(
  source: AsyncIterable<Uint8Array>,
  what: string,
  signal: AbortSignal | undefined,
): Promise<FileHandle> {
  return toFile(unpacked(untilCancelled(source, signal)), what);
}

function toFile(content: AsyncIterable<Uint8Array>, what: string): Promise<FileHandle> {
  return unnamedFile(tmpdir(), limitBytes(content, MAX_SPOOL, what), `${what} to ${tmpdir()}`);
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feed = new Feed(source);
  const start = await feed.take(MAGIC_BYTES);
  const packing = packingOf(start);
  const whole = feed.rest(start);
  yield* packing === undefined ? whole : unpackStream(packing, whole);
}
