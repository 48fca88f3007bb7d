import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { dirname } from "node:path";
import { makeDirectories } from "../../lib/directories.ts";
import { writeAtomically, writeFully } from "../../lib/files.ts";
import { RecordBlock } from "./file-records.ts";

/** Numbers are written as the machine has them. */
const MAGIC = Buffer.from(`distill-digests-2 ${endianness()}\n`);
const CHECKSUM = 32;

/** Writes records to a file: its name, the SHA-256 of all that follows, and block for block numbers and digests. */
export async function writeRecords(path: string, blocks: readonly RecordBlock[]): Promise<void> {
  const checksum = createHash("sha256");
  for (const block of blocks) for (const part of block.parts()) checksum.update(part);
  makeDirectories(dirname(path));
  await writeAtomically(
    path,
    dirname(path),
    async (handle) => {
      await writeFully(handle, MAGIC);
      await writeFully(handle, checksum.digest());
      for (const block of blocks) for (const part of block.parts()) await writeFully(handle, part);
    },
    { durable: false },
  );
}

/** The records of a file; none where there is no such file, it is none of ours, or damaged. */
export function readRecords(path: string): readonly RecordBlock[] {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const head = Buffer.alloc(MAGIC.length + CHECKSUM);
    if (fill(fd, head) < head.length || !head.subarray(0, MAGIC.length).equals(MAGIC)) return [];
    const checksum = createHash("sha256");
    const blocks: RecordBlock[] = [];
    for (;;) {
      const bytes = Buffer.allocUnsafeSlow(RecordBlock.BYTES);
      const size = fill(fd, bytes);
      if (size === 0) break;
      const block = RecordBlock.of(bytes.subarray(0, size));
      if (block === undefined) return [];
      checksum.update(bytes.subarray(0, size));
      blocks.push(block);
    }
    return checksum.digest().equals(head.subarray(MAGIC.length)) ? blocks : [];
  } catch {
    return [];
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Reads until the buffer is full or the file ends; how many bytes there were. */
function fill(fd: number, buffer: Buffer): number {
  let size = 0;
  while (size < buffer.length) {
    const read = readSync(fd, buffer, size, buffer.length - size, null);
    if (read === 0) break;
    size += read;
  }
  return size;
}
