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
