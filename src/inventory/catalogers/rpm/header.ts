import { broken } from "./database-broken.ts";

/** Limits of rpm's own (lib/header.c): entries of a header, and bytes of its data. */
const MAX_ENTRIES = 0xffff;
/** Values of a tag: far more than a package has files. */
const MAX_VALUES = 500_000;
const ENTRY = 16;
const INDEX = 8;

const INT16 = 3;
const INT32 = 4;
const STRINGS: ReadonlySet<number> = new Set([6, 8, 9]);
/** CHAR, INT8 and BIN. */
const BYTES: ReadonlySet<number> = new Set([1, 2, 7]);

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/**
 * One package of rpm's, as its databases keep it: an index of tags, big-endian, and data that they point into (rpm's docs/manual/format,
 * "Header"), without the magic of a package file. DatabaseBroken for a tag that points elsewhere, when it is asked for.
 */
export class RpmHeader {
  readonly #entries = new Map<number, Entry>();
  readonly #data: Buffer;

  constructor(blob: Buffer) {
    if (blob.length < INDEX) broken("a package ends before it begins");
    const count = blob.readUInt32BE(0);
    const length = blob.readUInt32BE(4);
    const data = INDEX + count * ENTRY;
    if (count > MAX_ENTRIES || data + length > blob.length) broken("a package is shorter than it says");
    this.#data = blob.subarray(data, data + length);
    for (let at = INDEX; at < data; at += ENTRY) {
      const tag = blob.readUInt32BE(at);
      if (this.#entries.has(tag)) continue;
      this.#entries.set(tag, {
        type: blob.readUInt32BE(at + 4),
        offset: blob.readUInt32BE(at + 8),
        count: blob.readUInt32BE(at + 12),
      });
    }
  }

  /** The first text of a tag, bytes as latin1; "" where it is absent. */
  text(tag: number): string {
    return this.texts(tag, 1)[0] ?? "";
  }

  /** All texts of a tag, or the first few. */
  texts(tag: number, limit = Number.POSITIVE_INFINITY): readonly string[] {
    const entry = this.#entryOf(tag, STRINGS, 1);
    const texts: string[] = [];
    let at = entry?.offset ?? 0;
    for (let left = Math.min(entry?.count ?? 0, limit); left > 0; left--) {
      const end = this.#data.indexOf(0, at);
      if (end < 0) broken(`the text of tag ${tag} does not end`);
      texts.push(this.#data.toString("latin1", at, end));
      at = end + 1;
    }
    return texts;
  }

  /** Unsigned numbers of 32 bits. */
  numbers(tag: number): readonly number[] {
    return this.#numbers(tag, new Set([INT32]), 4, (offset) => this.#data.readUInt32BE(offset));
  }

  /** Unsigned numbers of 16 bits. */
  shorts(tag: number): readonly number[] {
    return this.#numbers(tag, new Set([INT16]), 2, (offset) => this.#data.readUInt16BE(offset));
  }

  bytes(tag: number): readonly number[] {
    return this.#numbers(tag, BYTES, 1, (offset) => this.#data.readUInt8(offset));
  }

  #numbers(tag: number, types: ReadonlySet<number>, size: number, read: (offset: number) => number): readonly number[] {
    const { offset, count } = this.#entryOf(tag, types, size) ?? { offset: 0, count: 0 };
    return Array.from({ length: count }, (_, index) => read(offset + index * size));
  }

  /** The entry of a tag, whose values of at least `size` bytes lie within the data. */
  #entryOf(tag: number, types: ReadonlySet<number>, size: number): Entry | undefined {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return undefined;
    if (!types.has(entry.type)) broken(`tag ${tag} is of another type`);
    if (entry.offset + entry.count * size > this.#data.length) broken(`tag ${tag} leaves its package`);
    if (entry.count > MAX_VALUES) broken(`tag ${tag} has more than ${MAX_VALUES} values`);
    return entry;
  }
}
