import type { Stats } from "node:fs";

/** Numbers of a record, eight bytes each (device, inode, size, both times), and bytes of its SHA-256. */
const FIELDS = 5;
const WIDE = FIELDS * 8;
const DIGEST = 32;

/** Records of a block: a power of two. */
const SHIFT = 13;
const ROOM = 1 << SHIFT;

/** Some thousand records, in two arrays: they cost little more than their bytes, and nothing is copied when there are more. */
export class RecordBlock {
  /** Those of a full block. */
  static readonly BYTES = ROOM * (WIDE + DIGEST);

  readonly numbers = new Float64Array(ROOM * FIELDS);
  readonly digests = Buffer.alloc(ROOM * DIGEST);
  readonly used = new Uint8Array(ROOM);
  count = 0;

  /** What `parts` gave, one behind the other; undefined where it cannot be that. */
  static of(bytes: Buffer): RecordBlock | undefined {
    const count = bytes.length / (WIDE + DIGEST);
    if (!Number.isInteger(count) || count > ROOM) return undefined;
    const block = new RecordBlock();
    bytes.copy(Buffer.from(block.numbers.buffer), 0, 0, count * WIDE);
    bytes.copy(block.digests, 0, count * WIDE);
    block.count = count;
    return block;
  }

  /** The bytes of the records. */
  parts(): readonly [Uint8Array, Uint8Array] {
    return [Buffer.from(this.numbers.buffer, 0, this.count * WIDE), this.digests.subarray(0, this.count * DIGEST)];
  }

  copy(from: RecordBlock, at: number): void {
    const to = this.count++;
    this.numbers.set(from.numbers.subarray(at * FIELDS, (at + 1) * FIELDS), to * FIELDS);
    from.digests.copy(this.digests, to * DIGEST, at * DIGEST, (at + 1) * DIGEST);
  }
}

/** Records of files, numbered as they come, and found by inode. */
export class FileRecords {
  readonly #blocks: RecordBlock[];
  #count = 0;
  /** Open addressing: the number of a record plus one; zero is free, a negative one was forgotten. */
  #index: Int32Array;

  /** All blocks but the last one are full. */
  constructor(blocks: readonly RecordBlock[]) {
    this.#blocks = [...blocks];
    this.#index = new Int32Array(slotsFor(Math.max(1, blocks.length) * ROOM));
    for (const block of blocks) for (let at = 0; at < block.count; at++) this.#place(this.#count++);
  }

  /** The record of a file with just these numbers. */
  find(stats: Stats): number | undefined {
    const at = this.#lookUp(stats.ino);
    if (at === undefined || this.isStill(at, stats) !== true) return undefined;
    this.#block(at).used[at & (ROOM - 1)] = 1;
    return at;
  }

  /** A record that is not settled is found by nobody, and its change time is no number. `sha256` is hex. */
  add({ dev, ino, size, mtimeMs, ctimeMs }: Stats, sha256: string, isSettled: boolean): number {
    const at = this.#count++;
    if (at >> SHIFT >= this.#blocks.length) this.#blocks.push(new RecordBlock());
    const block = this.#block(at);
    const [{ numbers }, from] = [block, (at & (ROOM - 1)) * FIELDS];
    numbers[from] = dev;
    numbers[from + 1] = ino;
    numbers[from + 2] = size;
    numbers[from + 3] = mtimeMs;
    numbers[from + 4] = isSettled ? ctimeMs : Number.NaN;
    block.digests.write(sha256, (at & (ROOM - 1)) * DIGEST, "hex");
    block.count++;
    if (isSettled) {
      if (this.#count * 2 > this.#index.length) this.#widen();
      this.#place(at);
      block.used[at & (ROOM - 1)] = 1;
    }
    return at;
  }

  /** Whether these are the numbers of the record; undefined for one that is not settled. */
  isStill(at: number, { dev, ino, size, mtimeMs, ctimeMs }: Stats): boolean | undefined {
    const { numbers } = this.#block(at);
    const from = (at & (ROOM - 1)) * FIELDS;
    if (Number.isNaN(numbers[from + 4])) return undefined;
    return (
      numbers[from] === dev &&
      numbers[from + 1] === ino &&
      numbers[from + 2] === size &&
      numbers[from + 3] === mtimeMs &&
      numbers[from + 4] === ctimeMs
    );
  }

  /** In hex. */
  digest(at: number): string {
    const from = (at & (ROOM - 1)) * DIGEST;
    return this.#block(at).digests.toString("hex", from, from + DIGEST);
  }

  /** The record is found no more. */
  forget(at: number): void {
    const slot = this.#slotOf(this.#inodeOf(at));
    if (this.#index[slot] === at + 1) this.#index[slot] = -1 - at;
  }

  /** Those that can be found. Of those that nobody asked about, the newest. */
  kept(mostUnused: number): readonly RecordBlock[] {
    const kept: number[] = [];
    let unused = 0;
    for (let at = this.#count - 1; at >= 0; at--) {
      if (this.#lookUp(this.#inodeOf(at)) !== at) continue;
      if (this.#block(at).used[at & (ROOM - 1)] === 1 || ++unused <= mostUnused) kept.push(at);
    }
    if (kept.length === this.#count) return this.#blocks;
    const blocks: RecordBlock[] = [];
    for (const [position, at] of kept.reverse().entries()) {
      if (position % ROOM === 0) blocks.push(new RecordBlock());
      blocks.at(-1)?.copy(this.#block(at), at & (ROOM - 1));
    }
    return blocks;
  }

  #block(at: number): RecordBlock {
    return this.#blocks[at >> SHIFT] as RecordBlock;
  }

  #inodeOf(at: number): number {
    return this.#block(at).numbers[(at & (ROOM - 1)) * FIELDS + 1] ?? 0;
  }

  #lookUp(ino: number): number | undefined {
    const found = this.#index[this.#slotOf(ino)] ?? 0;
    return found > 0 ? found - 1 : undefined;
  }

  #place(at: number): void {
    this.#index[this.#slotOf(this.#inodeOf(at))] = at + 1;
  }

  /** Where the record of this inode is noted, or would be. */
  #slotOf(ino: number): number {
    const mask = this.#index.length - 1;
    for (let slot = Math.imul(ino % 0x1_0000_0000, 0x9e37_79b1) >>> 7; ; slot++) {
      const found = this.#index[slot & mask] ?? 0;
      if (found === 0 || this.#inodeOf(Math.abs(found) - 1) === ino) return slot & mask;
    }
  }

  #widen(): void {
    const before = this.#index;
    this.#index = new Int32Array(before.length * 2);
    for (const found of before) if (found > 0) this.#place(found - 1);
  }
}

/** A power of two, at least twice as many as there are records. */
function slotsFor(records: number): number {
  return 2 ** Math.ceil(Math.log2(records * 2));
}
