import { randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { fromSystemError } from "./errors.ts";
import { writeStream } from "./files.ts";

/**
 * Writes a stream to a file in `directory` that has no name any more when this returns: it goes with its handle, however
 * the process ends. DISK_FULL and IO call it `what`; what the source throws is thrown as it is.
 */
export async function unnamedFile(
  directory: string,
  source: AsyncIterable<Uint8Array>,
  what: string,
): Promise<FileHandle> {
  const path = join(directory, `distill-${randomBytes(8).toString("hex")}`);
  const handle = await open(path, "wx+", 0o600).catch((error) => {
    throw fromSystemError(error, "writing", what);
  });
  try {
    await rm(path);
    await writeStream(handle, source, what);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
