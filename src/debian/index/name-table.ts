import type { Buffer } from "node:buffer";

/** Bytes of an entry: where its name begins (counted from the body's start) and a number, 32 bits little-endian each. */
export const ENTRY = 8;

/** A table of names within a file, in byte order; the names themselves stand in the file's body. */
export class NameTable {
  readonly #file: Buffer;
  readonly #body: number;
  readonly #start: number;
  readonly count: number;

  constructor(file: Buffer, body: number, start: number, count: number) {
    this.#file = file;
    this.#body = body;
    this.#start = start;
    this.count = count;
  }

  /** Where in the file the entry's name begins. */
  offset(entry: number): number {
    return this.#body + this.#file.readUInt32LE(this.#start + entry * ENTRY);
  }

  name(entry: number): string {
    return nameAt(this.#file, this.offset(entry));
  }

  /** The number that goes with the name. */
  value(entry: number): number {
    return this.#file.readUInt32LE(this.#start + entry * ENTRY + 4);
  }

  /** The entries with that name, by binary search. */
  find(name: string): number[] {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, name) < 0) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let entry = low; entry < this.count && this.#compare(entry, name) === 0; entry++) found.push(entry);
    return found;
  }

  /** The order of the entry's name against `name`, without making a string of it. */
  #compare(entry: number, name: string): number {
    const start = this.offset(entry);
    for (let index = 0; index < name.length; index++) {
      const byte = this.#file[start + index] as number;
      if (!isNameByte(byte)) return -1;
      if (byte !== name.charCodeAt(index)) return byte - name.charCodeAt(index);
    }
    return isNameByte(this.#file[start + name.length] as number) ? 1 : 0;
  }
}

/** The indices of `names` in the byte order of the names; equal ones keep their order. */
export function sortedOrder(names: readonly string[]): number[] {
  const order = Array.from(names, (_, index) => index);
  return order.sort((a, b) => compareBytes(names[a] as string, names[b] as string) || a - b);
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The name that begins at `start`. */
export function nameAt(file: Buffer, start: number): string {
  let end = start;
  while (isNameByte(file[end] as number)) end++;
  return file.toString("latin1", start, end);
}

/** Letters, digits, `+`, `-`, `.` and `_`: what a name is made of. */
function isNameByte(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f
  );
}
