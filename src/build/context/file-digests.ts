import { createHash } from "node:crypto";
import { readFileSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { makeDirectories } from "../../lib/directories.ts";
import { writeAtomically, writeFully } from "../../lib/files.ts";

/** Bytes of a record: five numbers of eight bytes, and a SHA-256. */
const RECORD = 5 * 8 + 32;
const MAGIC = Buffer.from("distill-digests-1\n");

/**
 * A file that changed so short a time before it was read, in milliseconds, may change again without its times showing it:
 * file systems count in steps, and some in whole seconds.
 */
const SETTLED = 2100;

/** Records are kept for files that were not asked about, up to so many beside the others. */
const MOST_UNUSED = 100_000;

/**
 * Which bytes files had when they were last read, by what the file system says of them: device, inode, size and both times.
 * The change time cannot be set by anybody, so a file whose numbers are the same has the same bytes. Kept between builds
 * in one file, which is only a memory: without it, or where it is damaged, files are read again.
 */
export class FileDigests {
  readonly #path: string | undefined;
  #numbers: Float64Array;
  #digests: Buffer;
  #count: number;
  /** By inode and device, the number of a record. */
  readonly #index = new Map<number, number>();
  readonly #used = new Set<number>();
  #changed = false;

  private constructor(path: string | undefined, records: Buffer) {
    this.#path = path;
    this.#count = records.length / RECORD;
    this.#numbers = new Float64Array(Math.max(64, this.#count) * 5);
    this.#digests = Buffer.alloc(Math.max(64, this.#count) * 32);
    for (let at = 0; at < this.#count; at++) {
      for (let field = 0; field < 5; field++) {
        this.#numbers[at * 5 + field] = records.readDoubleLE(at * RECORD + field * 8);
      }
      records.copy(this.#digests, at * 32, at * RECORD + 40, (at + 1) * RECORD);
      this.#index.set(this.#numbers[at * 5 + 1] ?? 0, at);
    }
  }

  /** What the file at `path` remembers; nothing where there is none. Without a path, nothing is kept. */
  static open(path: string | undefined): FileDigests {
    return new FileDigests(path, path === undefined ? Buffer.alloc(0) : readRecords(path));
  }

  /** The number of a file's record; undefined where its bytes are not known, or may have changed. */
  find({ dev, ino, size, mtimeMs, ctimeMs }: Stats): number | undefined {
    const at = this.#index.get(ino);
    if (at === undefined) return undefined;
    const numbers = this.#numbers;
    const from = at * 5;
    const same =
      numbers[from] === dev &&
      numbers[from + 2] === size &&
      numbers[from + 3] === mtimeMs &&
      numbers[from + 4] === ctimeMs;
    if (!same) return undefined;
    this.#used.add(at);
    return at;
  }

  /** Remembers what a file was found to be, and gives the number of its record. `readAt`: milliseconds since the epoch. */
  learn(stats: Stats, sha256: Uint8Array, readAt: number): number {
    const at = this.#count++;
    if (at * 5 >= this.#numbers.length) this.#grow();
    const { dev, ino, size, mtimeMs, ctimeMs } = stats;
    this.#numbers.set([dev, ino, size, mtimeMs, ctimeMs], at * 5);
    this.#digests.set(sha256, at * 32);
    if (readAt - Math.max(mtimeMs, ctimeMs) < SETTLED) return at;
    this.#index.set(ino, at);
    this.#used.add(at);
    this.#changed = true;
    return at;
  }

  /** The SHA-256 of a record, in hex. */
  digest(record: number): string {
    return this.#digests.toString("hex", record * 32, record * 32 + 32);
  }

  /** A file turned out to be something else: the record counts no more. */
  forget(record: number): void {
    this.#index.delete(this.#numbers[record * 5 + 1] ?? 0);
    this.#used.delete(record);
    this.#changed = true;
  }

  /** Writes what was learned. A failure is none of the build's: files are read again next time. */
  async save(): Promise<void> {
    const path = this.#path;
    if (path === undefined || !this.#changed) return;
    this.#changed = false;
    const known = [...this.#index.values()];
    const unused = known.filter((at) => !this.#used.has(at)).slice(-MOST_UNUSED);
    const kept = [...unused, ...known.filter((at) => this.#used.has(at))];
    const records = Buffer.alloc(kept.length * RECORD);
    for (const [position, at] of kept.entries()) {
      for (let field = 0; field < 5; field++) {
        records.writeDoubleLE(this.#numbers[at * 5 + field] ?? 0, position * RECORD + field * 8);
      }
      this.#digests.copy(records, position * RECORD + 40, at * 32, at * 32 + 32);
    }
    const bytes = Buffer.concat([MAGIC, checksum(records), records]);
    try {
      makeDirectories(dirname(path));
      await writeAtomically(path, dirname(path), (handle) => writeFully(handle, bytes), { durable: false });
    } catch {
      // It is only a memory.
    }
  }

  #grow(): void {
    const numbers = new Float64Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const digests = Buffer.alloc(this.#digests.length * 2);
    this.#digests.copy(digests);
    this.#digests = digests;
  }
}

function readRecords(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    const start = MAGIC.length + 32;
    const records = bytes.subarray(start);
    const whole = bytes.length >= start && records.length % RECORD === 0;
    const sound = whole && bytes.subarray(0, MAGIC.length).equals(MAGIC);
    return sound && bytes.subarray(MAGIC.length, start).equals(checksum(records)) ? records : Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
