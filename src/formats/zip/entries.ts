import { DIRECTORY_RECORD, entryOf, isRecord, type ZipEntry } from "./directory.ts";
import { findDirectory } from "./end.ts";
import { excessive, malformed } from "./failures.ts";
import { bytesAt, type ZipSource } from "./source.ts";

/** Bytes of the directory that are held. */
const WINDOW = 1024 * 1024;

/** A record with a name, extra fields and a comment of 64 KiB each. */
const LARGEST = DIRECTORY_RECORD + 3 * 65535;

/**
 * All entries in the order of the central directory, of which a part is read at a time: an archive may have millions.
 * FORMAT_INVALID for what is no archive, or one that is damaged anywhere in its directory; LIMIT_EXCEEDED in place of the
 * entry after `most`.
 */
export async function* zipEntries(source: ZipSource, most: number): AsyncGenerator<ZipEntry> {
  const range = await findDirectory(source);
  if (range === undefined) throw malformed("it has no directory");
  const end = range.offset + range.size;
  let count = 0;
  for (let offset = range.offset; offset < end; ) {
    const window = await bytesAt(source, offset, Math.min(WINDOW, end - offset), "its directory");
    const isLast = offset + window.length >= end;
    let at = 0;
    // What begins near the end of a window may go on behind it.
    while (at < window.length && (isLast || at + LARGEST <= window.length)) {
      if (!isRecord(window, at)) throw malformed("its directory is damaged");
      const { entry, length } = entryOf(window, at, range.prefix);
      if (at + length > window.length) throw malformed("its directory is damaged");
      if (++count > most) throw excessive(`more than ${most} entries`);
      yield entry;
      at += length;
    }
    offset += at;
  }
}
