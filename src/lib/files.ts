import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeDirectories } from "./directories.ts";
import { fromSystemError, systemErrorCode } from "./errors.ts";

/**
 * Writes a file so that its name never shows half a content: a temporary file in `temporaryDirectory` (same file
 * system), fsync, rename, fsync of the directory. `produce` writes through the handle. On failure nothing is left.
 * `durable: false` leaves out both fsyncs, for caches whose readers check a digest: a power cut may then cost the file.
 */
export async function writeAtomically<T>(
  path: string,
  temporaryDirectory: string,
  produce: (handle: FileHandle) => Promise<T>,
  options: { readonly durable?: boolean } = {},
): Promise<T> {
  const durable = options.durable ?? true;
  const temporary = join(temporaryDirectory, `${randomBytes(8).toString("hex")}.partial`);
  try {
    const handle = await open(temporary, "wx", 0o644);
    let value: T;
    try {
      value = await produce(handle);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    makeDirectories(dirname(path));
    await rename(temporary, path);
    if (durable) await syncDirectory(dirname(path));
    return value;
  } catch (error) {
    await rm(temporary, { force: true });
    throw fromSystemError(error, "writing", path);
  }
}

/** Writes all of `bytes` at the handle's position (FileHandle.write may write less than it was given). */
export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset);
    offset += bytesWritten;
  }
}

/** Bytes that are gathered before they are written. */
const BATCH = 1 << 20;

/** Pieces below so many bytes are copied together: they can be forgotten at once, and would cost a call more than their bytes. */
const SMALL = 1 << 18;

/**
 * Writes a stream at the handle's position. Small pieces go out together, and the next ones are read while they do. What
 * the source throws is thrown as it is, once nothing is being written any more; DISK_FULL and IO name `path`.
 */
export async function writeStream(handle: FileHandle, source: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  let batch = new Batch();
  let spare = new Batch();
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    const [full, bytes] = [batch.pieces(), batch.size];
    [batch, spare] = [spare, batch];
    batch.clear();
    writing = writeTogether(handle, full, bytes).catch((error) => {
      throw fromSystemError(error, "writing", path);
    });
    // Whoever waits for it next hears of a failure; until then it is no unhandled one.
    writing.catch(() => {});
  };
  try {
    for await (const chunk of source) {
      batch.add(chunk);
      if (batch.size >= BATCH) await flush();
    }
    await flush();
  } finally {
    await writing;
  }
}

/** Pieces that are written together; its memory is used again. */
class Batch {
  size = 0;
  #memory: Buffer | undefined;
  #used = 0;
  #copied = 0;
  #pieces: Uint8Array[] = [];

  add(piece: Uint8Array): void {
    this.size += piece.length;
    if (piece.length >= SMALL) {
      this.#endCopies();
      this.#pieces.push(piece);
      return;
    }
    // A batch is full before its memory is: it is flushed at BATCH bytes, and this piece is the last one below that.
    this.#memory ??= Buffer.allocUnsafeSlow(BATCH + SMALL);
    this.#memory.set(piece, this.#used);
    this.#used += piece.length;
  }

  pieces(): readonly Uint8Array[] {
    this.#endCopies();
    return this.#pieces;
  }

  clear(): void {
    this.#pieces = [];
    this.size = this.#used = this.#copied = 0;
  }

  #endCopies(): void {
    if (this.#memory !== undefined && this.#used > this.#copied) {
      this.#pieces.push(this.#memory.subarray(this.#copied, this.#used));
    }
    this.#copied = this.#used;
  }
}

async function writeTogether(handle: FileHandle, chunks: readonly Uint8Array[], bytes: number): Promise<void> {
  const [only] = chunks;
  if (only === undefined) return;
  if (chunks.length === 1) return writeFully(handle, only);
  const { bytesWritten } = await handle.writev([...chunks]);
  if (bytesWritten < bytes) await writeFully(handle, Buffer.concat(chunks).subarray(bytesWritten));
}

/** Makes a rename in `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The value of `read()`, or undefined where the file does not exist. */
export async function ifExists<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
