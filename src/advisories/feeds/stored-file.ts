import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { MAGIC_BYTES, packingOf, unpackStream } from "../../formats/packing/packing.ts";
import { DistillError, fromSystemError } from "../../lib/errors.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";

/** A file that a feed, or a part of it, is in. */
export interface StoredFile {
  readonly path: string;
  /** How it is called in messages: its address, or its path. */
  readonly what: string;
  /** By which its form may be told: the end of the address, or of the path. */
  readonly name: string;
}

const CHUNK = 1 << 20;
const MAX_DEPTH = 16;
const MAX_FILES = 5_000_000;

/** The first bytes of a file; fewer where it is shorter. IO where it cannot be read or is no plain file. */
export async function startOfFile({ path }: StoredFile): Promise<Uint8Array> {
  const handle = await openPlain(path);
  try {
    const bytes = Buffer.alloc(MAGIC_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What the file holds, unpacked where it is packed; LIMIT_EXCEEDED above `limit` bytes. */
export async function* bytesOfFile(file: StoredFile, limit: number): AsyncGenerator<Uint8Array> {
  const packing = packingOf(await startOfFile(file));
  const raw = chunksOf(file.path);
  try {
    const bytes = packing === undefined ? raw : unpackStream(packing, raw);
    yield* limitBytes(bytes, limit, file.what);
  } catch (error) {
    throw fromSystemError(error, "reading", file.path);
  }
}

/** As bytesOfFile, in one piece. */
export async function wholeFile(file: StoredFile, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOfFile(file, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Opens what is a plain file, and does not wait for a pipe. */
export async function openPlain(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw fromSystemError(error, "reading", path);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new DistillError("IO", `${path} is not a plain file`, { hint: "name a file or a directory" });
}

/**
 * The plain files in a directory and those below it, directories in byte order. Links are not followed, and what begins
 * with a dot is passed over. LIMIT_EXCEEDED for more than 5 million.
 */
export async function* filesBelow(directory: string): AsyncGenerator<string> {
  let count = 0;
  for await (const path of walk(directory, 0)) {
    if (++count > MAX_FILES) throw new DistillError("LIMIT_EXCEEDED", `${directory} has more than ${MAX_FILES} files`);
    yield path;
  }
}

async function* walk(directory: string, depth: number): AsyncGenerator<string> {
  if (depth > MAX_DEPTH) return;
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw fromSystemError(error, "reading", directory);
  });
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  for (const entry of shown.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path, depth + 1);
    else if (entry.isFile()) yield path;
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const handle = await openPlain(path);
  // Closes the handle with itself.
  yield* createReadStream(path, { fd: handle, highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>;
}
