import { createHash } from "node:crypto";
import { readSync, type Stats } from "node:fs";
import type { Content } from "../../rootfs/content.ts";
import type { RootPath } from "../../rootfs/path.ts";
import type { AnchoredDirectory } from "./anchored-directory.ts";

const WINDOW = 1024 * 1024;

/**
 * Hashes a file of the context now, and gives its content for later. The file is read again when a layer is written:
 * whoever reads it from beginning to end gets the bytes that were hashed, or IO.
 */
export function contextContent(
  root: AnchoredDirectory,
  path: RootPath,
): { readonly sha256: string; readonly content: Content } {
  const { sha256, size } = root.withFile(path, hashFile);
  let hash = createHash("sha256");
  let position = 0;
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const bytes = root.withFile(path, (fd, stats) => {
      if (stats.size !== size) throw root.changed(path);
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
      for (let done = 0; done < buffer.length; ) {
        const read = readSync(fd, buffer, done, buffer.length - done, offset + done);
        if (read === 0) throw root.changed(path);
        done += read;
      }
      return buffer;
    });
    if (offset === 0) {
      hash = createHash("sha256");
      position = 0;
    }
    if (offset === position && bytes.length > 0) {
      hash.update(bytes);
      position += bytes.length;
      if (position === size && hash.digest("hex") !== sha256) throw root.changed(path);
    }
    return bytes;
  };
  return { sha256, content: { size, read } };
}

/** The size is that of the bytes that were hashed, whatever stat says of a file that grows. */
function hashFile(fd: number, stats: Stats): { readonly sha256: string; readonly size: number } {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(WINDOW, Math.max(4096, stats.size)));
  let size = 0;
  for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
    hash.update(buffer.subarray(0, read));
    size += read;
  }
  return { sha256: hash.digest("hex"), size };
}
