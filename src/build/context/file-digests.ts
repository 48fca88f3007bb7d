import type { Stats } from "node:fs";
import { FileRecords } from "./file-records.ts";
import { readRecords, writeRecords } from "./records-file.ts";
import { settled } from "./settled.ts";

/** Records are kept for files that were not asked about, up to so many beside the others. */
const MOST_UNUSED = 100_000;

/**
 * Which bytes files had when they were last read, by what the file system says of them: device, inode, size and both times.
 * The change time cannot be set by anybody, so a file whose numbers are the same has the same bytes. Kept between builds
 * in one file, which is only a memory: without it, or where it is damaged, files are read again. It is read at the first
 * question.
 */
export class FileDigests {
  readonly #path: string | undefined;
  #records: FileRecords | undefined;
  #changed = false;

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  /** What the file at `path` remembers; nothing where there is none. Without a path, nothing is kept. */
  static open(path: string | undefined): FileDigests {
    return new FileDigests(path);
  }

  /** The number of a file's record; undefined where its bytes are not known, or may have changed. */
  find(stats: Stats): number | undefined {
    return this.#loaded().find(stats);
  }

  /**
   * Remembers what a file was found to be, and gives the number of its record. `lookedAt` is when `stats` were taken, not
   * later, in milliseconds since the epoch; `sha256` (hex) is of bytes that were read after that.
   */
  learn(stats: Stats, sha256: string, lookedAt: number): number {
    const isSettled = settled(stats, lookedAt) && Number.isSafeInteger(stats.ino);
    this.#changed ||= isSettled;
    return this.#loaded().add(stats, sha256, isSettled);
  }

  /**
   * Whether a file, by its numbers, still is what its record says; undefined where the record cannot tell, since the file
   * had changed just before.
   */
  isStill(record: number, stats: Stats): boolean | undefined {
    return this.#loaded().isStill(record, stats);
  }

  /** The SHA-256 of a record, in hex. */
  digest(record: number): string {
    return this.#loaded().digest(record);
  }

  /** A file turned out to be something else: the record counts no more. */
  forget(record: number): void {
    this.#loaded().forget(record);
    this.#changed = true;
  }

  /** Writes what was learned. A failure is none of the build's: files are read again next time. */
  async save(): Promise<void> {
    const path = this.#path;
    if (path === undefined || !this.#changed) return;
    this.#changed = false;
    try {
      await writeRecords(path, this.#loaded().kept(MOST_UNUSED));
    } catch {
      // It is only a memory.
    }
  }

  #loaded(): FileRecords {
    this.#records ??= new FileRecords(this.#path === undefined ? [] : readRecords(this.#path));
    return this.#records;
  }
}
