import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { Blob } from "../image/image.ts";
import { digestMismatch, type Expected, verified } from "../image/verified.ts";
import { type Digest, Digester, digestOf } from "../lib/digest.ts";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { writeStream } from "../lib/files.ts";
import { blobDirectory, blobPath, type StoreContext } from "./context.ts";

/** A blob's identity: what it is called and how many bytes it has. */
export type BlobInfo = Expected;

/** A blob that is whole, flushed and verified, but still under a temporary name. */
export interface StagedBlob extends BlobInfo {
  readonly temporary: string;
}

/** Larger pieces cost memory, and time: each is a new buffer, whose pages the kernel must provide. */
const READ_SIZE = 256 << 10;

/** Digest and size of a blob that the store has: recorded, and its file there with that size. */
export function findBlob({ root, database }: StoreContext, digest: Digest): BlobInfo | undefined {
  const size = recordedSize({ database }, digest);
  return size !== undefined && fileSize(blobPath(root, digest)) === size ? { digest, size } : undefined;
}

/**
 * Streams a blob and ends in STORE_CORRUPT, naming it, where the file is missing or its bytes are not those of its
 * digest. Whoever reads must not trust the content before the stream has ended.
 */
export async function* openBlob(context: StoreContext, digest: Digest): AsyncGenerator<Uint8Array> {
  const path = blobPath(context.root, digest);
  const size = recordedSize(context, digest);
  if (size === undefined) throw corrupt(digest, path, "is not recorded");
  yield* verified(readFile(path, digest), { digest, size }, (found) => corrupt(digest, path, `has ${found}`));
}

/** A whole small blob (manifest, config), verified; throws STORE_CORRUPT as `openBlob` does. */
export function readBlob({ root }: StoreContext, digest: Digest): Uint8Array {
  const path = blobPath(root, digest);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") throw corrupt(digest, path, "has lost its file");
    throw fromSystemError(error, "reading", path);
  }
  const found = digestOf(bytes);
  if (found !== digest) throw corrupt(digest, path, `has the content of ${found}`);
  return bytes;
}

/** A blob of the store as others see it. */
export function blobOf(context: StoreContext, descriptor: Blob["descriptor"]): Blob {
  return { descriptor, open: () => openBlob(context, descriptor.digest) };
}

/**
 * Writes a stream to a temporary file, hashing it on the way, and flushes it, unless `flush` is false. Throws DIGEST_MISMATCH where it is not
 * what was expected, DISK_FULL or IO where it cannot be written; the file is gone then.
 */
export async function stageBlob(
  temporary: string,
  source: AsyncIterable<Uint8Array>,
  expected?: BlobInfo,
  flush = true,
): Promise<StagedBlob> {
  const digester = new Digester();
  try {
    const handle = await open(temporary, "wx", 0o644).catch((error) => failWriting(error, temporary));
    try {
      await writeStream(handle, hashed(source, digester, expected), temporary);
      if (flush) await handle.sync().catch((error) => failWriting(error, temporary));
    } finally {
      await handle.close();
    }
    const digest = digester.digest();
    const { size } = digester;
    if (expected && size !== expected.size) throw digestMismatch(expected, `${size} bytes instead of ${expected.size}`);
    if (expected && digest !== expected.digest) throw digestMismatch(expected, `the content of ${digest}`);
    return { temporary, digest, size };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Passes a stream on through a digester; one that runs over its size is cut with DIGEST_MISMATCH. */
export async function* hashed(
  source: AsyncIterable<Uint8Array>,
  digester: Digester,
  expected: BlobInfo | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    digester.update(chunk);
    if (expected && digester.size > expected.size) throw digestMismatch(expected, `more than ${expected.size} bytes`);
    yield chunk;
  }
}

/**
 * Gives a staged blob its name; to be called inside a transaction. File first, then its row: a process that dies in
 * between leaves a file without a row, which prune removes. The write lock is what keeps a concurrent prune from taking
 * that file before its row is there. A power cut may still cost the name, and findBlob then takes the blob for missing;
 * `syncBlobNames` is for what must not be lost.
 */
export function publishBlob(context: StoreContext, { temporary, digest, size }: StagedBlob): void {
  const path = blobPath(context.root, digest);
  try {
    if (findBlob(context, digest) !== undefined) {
      rmSync(temporary);
      return;
    }
    renameSync(temporary, path);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
  context.database.run("INSERT OR REPLACE INTO blobs (digest, size) VALUES (?, ?)", digest, size);
}

/** Makes the names of all published blobs durable. */
export function syncBlobNames(root: string): void {
  const directory = blobDirectory(root);
  try {
    const descriptor = openSync(directory, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fromSystemError(error, "writing", directory);
  }
}

export function corrupt(digest: Digest, path: string, problem: string): DistillError {
  return new DistillError("STORE_CORRUPT", `blob ${digest} of the store ${problem}`, {
    hint: `the file was damaged or removed by something else: delete ${path}, then build the image again`,
  });
}

/** Size of a file in bytes, undefined where there is none. */
export function fileSize(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function recordedSize({ database }: Pick<StoreContext, "database">, digest: Digest): number | undefined {
  return database.get<{ size: number }>("SELECT size FROM blobs WHERE digest = ?", digest)?.size;
}

async function* readFile(path: string, digest: Digest): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r").catch((error) => {
    if (systemErrorCode(error) === "ENOENT") throw corrupt(digest, path, "has lost its file");
    throw fromSystemError(error, "reading", path);
  });
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fromSystemError(error, "reading", path);
  } finally {
    await handle.close();
  }
}

function failWriting(error: unknown, path: string): never {
  throw fromSystemError(error, "writing", path);
}
