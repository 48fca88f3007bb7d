import { createHash } from "node:crypto";
import { readFileSync, type Stats } from "node:fs";
import { endianness } from "node:os";
import { dirname } from "node:path";
import { makeDirectories } from "../../lib/directories.ts";
import { writeAtomically, writeFully } from "../../lib/files.ts";

/** Numbers of a record, eight bytes each (device, inode, size, both times), and bytes of its SHA-256. */
const FIELDS = 5;
const DIGEST = 32;
const RECORD = FIELDS * 8 + DIGEST;

/** Numbers are written as the machine has them. */
const MAGIC = Buffer.from(`distill-digests-2 ${endianness()}\n`);

/**
 * A file that changed so short a time before it was looked at, in milliseconds, may change again without its times showing
 * it: file systems count in steps, and some in whole seconds.
 */
export const SETTLED = 2100;

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
  #records: Records | undefined;
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
    const [numbers, digests] = this.#loaded().kept(MOST_UNUSED);
    const checksum = createHash("sha256").update(numbers).update(digests).digest();
    try {
      makeDirectories(dirname(path));
      const write = async (handle: Parameters<typeof writeFully>[0]): Promise<void> => {
        for (const part of [MAGIC, checksum, numbers, digests]) await writeFully(handle, part);
      };
      await writeAtomically(path, dirname(path), write, { durable: false });
    } catch {
      // It is only a memory.
    }
  }

  #loaded(): Records {
    this.#records ??= new Records(this.#path === undefined ? Buffer.alloc(0) : readRecords(this.#path));
    return this.#records;
  }
}

/** Whether times that were looked at then would show a later change. A time far ahead was set, and shows it as well. */
export function settled({ mtimeMs, ctimeMs }: { readonly mtimeMs: number; readonly ctimeMs: number }, at: number) {
  return at - ctimeMs >= SETTLED && Math.abs(at - mtimeMs) >= SETTLED;
}

/** Records in two arrays, and an index over their inodes: hundreds of thousands cost little more than their bytes. */
class Records {
  #numbers: Float64Array;
  #digests: Buffer;
  #count: number;
  /** Open addressing: the number of a record plus one; zero is free, a negative one was forgotten. */
  #index: Int32Array;
  #used: Uint8Array;

  constructor(bytes: Buffer) {
    const count = bytes.length / RECORD;
    const room = Math.max(64, count);
    this.#count = count;
    this.#numbers = new Float64Array(room * FIELDS);
    this.#digests = Buffer.alloc(room * DIGEST);
    this.#used = new Uint8Array(room);
    bytes.copy(Buffer.from(this.#numbers.buffer), 0, 0, count * FIELDS * 8);
    bytes.copy(this.#digests, 0, count * FIELDS * 8);
    this.#index = new Int32Array(slotsFor(room));
    for (let at = 0; at < count; at++) this.#place(at);
  }

  find({ dev, ino, size, mtimeMs, ctimeMs }: Stats): number | undefined {
    const at = this.#lookUp(ino);
    if (at === undefined) return undefined;
    const numbers = this.#numbers;
    const from = at * FIELDS;
    const same =
      numbers[from] === dev &&
      numbers[from + 2] === size &&
      numbers[from + 3] === mtimeMs &&
      numbers[from + 4] === ctimeMs;
    if (!same) return undefined;
    this.#used[at] = 1;
    return at;
  }

  /** A record that is not settled is found by nobody, and its change time is no number. */
  add({ dev, ino, size, mtimeMs, ctimeMs }: Stats, sha256: string, isSettled: boolean): number {
    const at = this.#count++;
    if (at * FIELDS >= this.#numbers.length) this.#grow();
    const from = at * FIELDS;
    const numbers = this.#numbers;
    numbers[from] = dev;
    numbers[from + 1] = ino;
    numbers[from + 2] = size;
    numbers[from + 3] = mtimeMs;
    numbers[from + 4] = isSettled ? ctimeMs : Number.NaN;
    this.#digests.write(sha256, at * DIGEST, "hex");
    if (isSettled) {
      this.#place(at);
      this.#used[at] = 1;
    }
    return at;
  }

  isStill(at: number, { dev, ino, size, mtimeMs, ctimeMs }: Stats): boolean | undefined {
    const [from, numbers] = [at * FIELDS, this.#numbers];
    if (Number.isNaN(numbers[from + 4])) return undefined;
    return (
      numbers[from] === dev &&
      numbers[from + 1] === ino &&
      numbers[from + 2] === size &&
      numbers[from + 3] === mtimeMs &&
      numbers[from + 4] === ctimeMs
    );
  }

  digest(at: number): string {
    return this.#digests.toString("hex", at * DIGEST, at * DIGEST + DIGEST);
  }

  forget(at: number): void {
    const slot = this.#slotOf(this.#numbers[at * FIELDS + 1] ?? 0);
    if (this.#index[slot] === at + 1) this.#index[slot] = -1 - at;
    this.#used[at] = 0;
  }

  /** The bytes of what is to be kept: numbers, and digests. Of those that nobody asked about, the newest. */
  kept(mostUnused: number): readonly [Uint8Array, Uint8Array] {
    const kept: number[] = [];
    let unused = 0;
    for (let at = this.#count - 1; at >= 0; at--) {
      if (this.#lookUp(this.#numbers[at * FIELDS + 1] ?? 0) !== at) continue;
      if (this.#used[at] === 1 || ++unused <= mostUnused) kept.push(at);
    }
    const all = Buffer.from(this.#numbers.buffer);
    const [wide, narrow] = [FIELDS * 8, DIGEST];
    if (kept.length === this.#count) {
      return [all.subarray(0, this.#count * wide), this.#digests.subarray(0, this.#count * narrow)];
    }
    const numbers = Buffer.alloc(kept.length * wide);
    const digests = Buffer.alloc(kept.length * narrow);
    for (const [position, at] of kept.reverse().entries()) {
      all.copy(numbers, position * wide, at * wide, (at + 1) * wide);
      this.#digests.copy(digests, position * narrow, at * narrow, (at + 1) * narrow);
    }
    return [numbers, digests];
  }

  #lookUp(ino: number): number | undefined {
    const found = this.#index[this.#slotOf(ino)] ?? 0;
    return found > 0 ? found - 1 : undefined;
  }

  #place(at: number): void {
    this.#index[this.#slotOf(this.#numbers[at * FIELDS + 1] ?? 0)] = at + 1;
  }

  /** Where the record of this inode is noted, or would be. */
  #slotOf(ino: number): number {
    const mask = this.#index.length - 1;
    let slot = Math.imul(ino % 0x1_0000_0000, 0x9e37_79b1) >>> 7;
    for (; ; slot++) {
      const found = this.#index[slot & mask] ?? 0;
      if (found === 0) return slot & mask;
      const at = found > 0 ? found - 1 : -found - 1;
      if (this.#numbers[at * FIELDS + 1] === ino) return slot & mask;
    }
  }

  #grow(): void {
    const room = (this.#numbers.length / FIELDS) * 2;
    const numbers = new Float64Array(room * FIELDS);
    numbers.set(this.#numbers);
    const digests = Buffer.alloc(room * DIGEST);
    this.#digests.copy(digests);
    const used = new Uint8Array(room);
    used.set(this.#used);
    const before = this.#index;
    [this.#numbers, this.#digests, this.#used] = [numbers, digests, used];
    this.#index = new Int32Array(slotsFor(room));
    for (const found of before) if (found > 0) this.#place(found - 1);
  }
}

/** A power of two, at least twice as many as there are records. */
function slotsFor(records: number): number {
  return 2 ** Math.ceil(Math.log2(records * 2));
}

/** Nothing where the file is none of ours, or damaged. */
function readRecords(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    const start = MAGIC.length + DIGEST;
    const records = bytes.subarray(start);
    const isOurs = bytes.length >= start && bytes.subarray(0, MAGIC.length).equals(MAGIC);
    if (!isOurs || records.length % RECORD !== 0) return Buffer.alloc(0);
    const checksum = createHash("sha256").update(records).digest();
    return bytes.subarray(MAGIC.length, start).equals(checksum) ? records : Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}
