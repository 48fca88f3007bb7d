import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Blob } from "../image/image.ts";
import { digestMismatch } from "../image/verified.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { type Digest, Digester, digestFromHex, hexOf } from "../lib/digest.ts";
import { fromSystemError, isDistillError } from "../lib/errors.ts";
import { writeStream } from "../lib/files.ts";
import { fileSize, hashed, type StagedBlob } from "./blobs.ts";
import { temporaryRoot } from "./context.ts";

const SUFFIX = ".part";
const READ_SIZE = 1 << 20;

/** Where beginnings lie, among the temporary directories of leases. */
export const PARTIAL_DIRECTORY = "partial";

/** What is below this is not worth going on with. */
export const SMALLEST_PARTIAL = 1 << 20;

/**
 * Receives a blob into `directory`, behind what an earlier try has left of it. What is received stays for the next try
 * when this one fails, or its process is killed (`keepPartials`), unless it turns out to be wrong. Throws DIGEST_MISMATCH,
 * DISK_FULL, IO, CANCELLED, and what the source throws.
 */
export async function stageResumed(
  root: string,
  directory: string,
  blob: Blob & Required<Pick<Blob, "openFrom">>,
  signal: AbortSignal | undefined,
): Promise<StagedBlob> {
  const { digest } = blob.descriptor;
  const path = join(directory, `${hexOf(digest)}${SUFFIX}`);
  const resumed = claim(root, blob.descriptor, path);
  try {
    return await receive(path, blob, signal);
  } catch (error) {
    const wrong = isDistillError(error, "DIGEST_MISMATCH");
    if (wrong) await rm(path, { force: true });
    else keepPartials(root, directory);
    // The beginning may be what was wrong; nobody vouches for it.
    if (wrong && resumed) return stageResumed(root, directory, blob, signal);
    throw error;
  }
}

/** Puts received beginnings where the next try finds them. */
export function keepPartials(root: string, directory: string): void {
  try {
    const parts = readdirSync(directory).filter((name) => name.endsWith(SUFFIX));
    if (parts.length > 0) mkdirSync(partialRoot(root), { recursive: true });
    for (const name of parts) {
      const path = join(directory, name);
      if ((fileSize(path) ?? 0) < SMALLEST_PARTIAL) continue;
      renameSync(path, partialPath(root, digestFromHex(name.slice(0, -SUFFIX.length))));
    }
  } catch {
    // They are fetched again then.
  }
}

/** Takes away the beginnings that nobody has added to since `before`, in milliseconds since the epoch. */
export function removeOldPartials(root: string, before: number): void {
  const directory = partialRoot(root);
  const names = existsSync(directory) ? readdirSync(directory) : [];
  for (const path of names.map((name) => join(directory, name))) {
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before;
    if (changed < before) rmSync(path, { force: true });
  }
}

/** Takes over what an earlier try has left, which only one process can; a file that is too long is a leftover of nothing. */
function claim(root: string, { digest, size }: Blob["descriptor"], path: string): boolean {
  try {
    renameSync(partialPath(root, digest), path);
  } catch {
    return false;
  }
  if ((fileSize(path) ?? 0) <= size) return true;
  rmSync(path);
  return false;
}

async function receive(
  path: string,
  { descriptor, openFrom }: Blob & Required<Pick<Blob, "openFrom">>,
  signal: AbortSignal | undefined,
): Promise<StagedBlob> {
  const { digest, size } = descriptor;
  const digester = new Digester();
  const handle = await open(path, "a+", 0o644).catch((error) => failWriting(error, path));
  try {
    await readBeginning(handle, digester).catch((error) => failWriting(error, path));
    await writeStream(handle, hashed(untilCancelled(openFrom(digester.size), signal), digester, descriptor), path);
    if (digester.size < size) throw digestMismatch(descriptor, `${digester.size} bytes instead of ${size}`);
    const found = digester.digest();
    if (found !== digest) throw digestMismatch(descriptor, `the content of ${found}`);
    await handle.sync().catch((error) => failWriting(error, path));
    return { temporary: path, digest, size };
  } finally {
    await handle.close();
  }
}

async function readBeginning(handle: FileHandle, digester: Digester): Promise<void> {
  const buffer = Buffer.allocUnsafe(READ_SIZE);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, READ_SIZE, digester.size);
    if (bytesRead === 0) return;
    digester.update(buffer.subarray(0, bytesRead));
  }
}

function partialRoot(root: string): string {
  return join(temporaryRoot(root), PARTIAL_DIRECTORY);
}

function partialPath(root: string, digest: Digest): string {
  return join(partialRoot(root), hexOf(digest));
}

function failWriting(error: unknown, path: string): never {
  throw fromSystemError(error, "writing", path);
}
