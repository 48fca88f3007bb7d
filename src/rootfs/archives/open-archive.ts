import type { FileHandle } from "node:fs/promises";
import { MAGIC_BYTES, type Packing, packingOf, unpackStream } from "../../formats/packing/packing.ts";
import type { TarMember } from "../../formats/tar/cursor.ts";
import { BLOCK, isHeaderBlock } from "../../formats/tar/header.ts";
import { seekTarBytes } from "../../formats/tar/seek.ts";
import { untilCancelled } from "../../lib/cancel.ts";
import { isDistillError } from "../../lib/errors.ts";
import { Feed } from "../../lib/feed.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { unnamedFile } from "../../lib/unnamed-file.ts";
import { BackingFile, type Content, partOf, streamContent } from "../content.ts";
import { naming } from "./failures.ts";

/** Archives of real zeros exist, so a bomb is told by its size alone, not by how well it is packed. */
const DEFAULT_LIMIT = 16 * 2 ** 30;

/** A tar archive whose entries can be read in any order; contents can be read until it is disposed of. */
export interface OpenArchive extends AsyncDisposable {
  /** What messages call it. */
  readonly name: string;
  /** The entries in the order of the archive. Throws FORMAT_INVALID, LIMIT_EXCEEDED and UNSUPPORTED as seekTar does. */
  members(): AsyncGenerator<TarMember>;
  /** The body of a member. */
  contentOf(member: TarMember): Content;
}

export interface OpenArchiveOptions {
  /** What messages call the file. */
  readonly name: string;
  /** Where a packed archive is unpacked to, in a file without a name. */
  readonly temporaryDirectory: string;
  /** Bytes that a packed archive may unpack to; default 16 GiB. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens `content` if it is a tar archive, plain or packed with gzip, bzip2, xz or zstd, as its bytes tell and not its name:
 * the first block that comes out must be a header (as Docker has it; so an archive without entries is none). Undefined for
 * everything else, also for what begins like a packed file and is damaged before that header.
 *
 * A plain archive is read where it is; a packed one is unpacked once, to a file that goes with its handle. What breaks
 * behind the first header is an error that names the archive: FORMAT_INVALID, LIMIT_EXCEEDED, UNSUPPORTED, DISK_FULL.
 */
export async function openArchive(content: Content, options: OpenArchiveOptions): Promise<OpenArchive | undefined> {
  const packing = packingOf(await content.read(0, MAGIC_BYTES));
  if (packing !== undefined) return openPacked(content, packing, options);
  if (!isHeaderBlock(Buffer.from(await content.read(0, BLOCK)))) return undefined;
  return archiveOver(content, options.name, async () => {});
}

async function openPacked(
  content: Content,
  packing: Packing,
  { name, temporaryDirectory, limit = DEFAULT_LIMIT, signal }: OpenArchiveOptions,
): Promise<OpenArchive | undefined> {
  const source = untilCancelled(bytewiseAtFirst(streamContent(content)), signal);
  const unpacked = new Feed(named(name, unpackStream(packing, source, content.size)));
  try {
    const start = await firstBlock(unpacked);
    if (!isHeaderBlock(start)) return undefined;
    const what = `the unpacked ${name}`;
    const bytes = limitBytes(unpacked.rest(start), limit, what);
    const handle = await unnamedFile(
      temporaryDirectory,
      untilCancelled(bytes, signal),
      `${what} to ${temporaryDirectory}`,
    );
    return await archiveOfFile(handle, name, what);
  } finally {
    await unpacked.close();
  }
}

async function archiveOfFile(handle: FileHandle, name: string, what: string): Promise<OpenArchive> {
  const { size } = await handle.stat();
  const file = new BackingFile(what, handle);
  return archiveOver(file.range(0, size), name, () => file.close());
}

function archiveOver(bytes: Content, name: string, close: () => Promise<void>): OpenArchive {
  return {
    name,
    members: () => seekTarBytes(bytes, { archive: name }),
    contentOf: ({ header, offset }) => partOf(bytes, offset, header.size),
    [Symbol.asyncDispose]: close,
  };
}

/** Empty for what is damaged before its first block is complete. */
async function firstBlock(feed: Feed): Promise<Buffer> {
  try {
    return await feed.take(BLOCK);
  } catch (error) {
    if (isDistillError(error, "FORMAT_INVALID")) return Buffer.alloc(0);
    throw error;
  }
}

/** In how many bytes the first block of an archive fits, however it is packed: those of a gzip header included. */
const SLOW_BYTES = 1024;

/** zlib gives nothing of a piece in which it finds damage: small archives would be none, where large ones are damaged. */
async function* bytewiseAtFirst(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let slow = SLOW_BYTES;
  for await (const chunk of source) {
    let at = 0;
    for (; slow > 0 && at < chunk.length; slow--) yield chunk.subarray(at, ++at);
    if (at < chunk.length) yield chunk.subarray(at);
  }
}

/** Decoders do not know what they decode. */
async function* named(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED", "UNSUPPORTED") ? naming(name, error) : error;
  }
}
