import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fromSystemError } from "./errors.ts";
import { ifExists, writeAtomically, writeFully } from "./files.ts";
import { refuseUnwritable } from "./output-path.ts";

/**
 * Writes a stream to a file that appears whole or not at all; a target that is no plain file (a pipe, /dev/stdout) is
 * written to as it is. Errors as refuseUnwritable; DISK_FULL or IO where writing fails.
 */
export async function writeOutput(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  refuseUnwritable(path, "file");
  const found = await ifExists(stat(path));
  if (found !== undefined && !found.isFile()) return writeInPlace(path, bytes);
  // A symbolic link stays one: its target is what is replaced.
  const target = found === undefined ? path : await realpath(path);
  await writeAtomically(target, dirname(target), async (handle) => {
    for await (const chunk of bytes) await writeFully(handle, chunk);
  });
}

async function writeInPlace(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, "w");
  try {
    for await (const chunk of bytes) await writeFully(handle, chunk);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  } finally {
    await handle.close();
  }
}
