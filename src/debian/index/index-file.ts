import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { DistillError } from "../../lib/errors.ts";
import type { BinaryPackage } from "../package/package.ts";
import { ENTRY, NameTable, nameAt, sortedOrder } from "./name-table.ts";
import { parsePackage, sourceOf } from "./parse-package.ts";
import { RECORD_FIELDS, StanzaScanner } from "./stanzas.ts";

/*
 * The file, numbers as 32 bits little-endian:
 *   magic, 8 bytes
 *   length of the body, number of packages, number of provided names
 *   body: a record for each package, a line for each of RECORD_FIELDS
 *   packages, sorted by name:        offset of the record in the body (which begins with the name), length of the record
 *   provided names, sorted by name:  offset of the name in the body, position of its package in the table above
 *   SHA-256 of everything before it, 32 bytes
 */
const MAGIC = Buffer.from("debidx\x00\x01", "latin1");
const HEADER = 20;
const CHECKSUM = 32;
const BLOCK = 64 * 1024;
const MAX_BODY = 1024 * 1024 * 1024;
// Pages that are never written cost nothing: enough for Debian's largest index, so that it is not moved as it grows.
const FIRST_ALLOCATION = 32 * 1024 * 1024;
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const PROVIDES = RECORD_FIELDS.indexOf("Provides");
const VERSION = RECORD_FIELDS.indexOf("Version");
const SOURCE = RECORD_FIELDS.indexOf("Source");

/**
 * Builds the compact index of one archive from its decompressed Packages file, in one pass; memory is about twice the
 * result. Equal input gives equal bytes. Errors as in StanzaScanner, plus LIMIT_EXCEEDED over 1 GiB of records.
 */
export async function buildIndex(packages: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const body = new Body();
  const scanner = new StanzaScanner((values) => body.add(values));
  for await (const text of textBlocks(packages)) scanner.push(text);
  scanner.end();
  return body.finish();
}

/**
 * The input as latin1 strings of up to BLOCK bytes that end with a line, however it is chunked. Only a line longer than
 * that is handed on in parts.
 */
async function* textBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const block = Buffer.allocUnsafe(BLOCK);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + BLOCK - filled);
      block.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled < BLOCK) continue;
      const end = block.lastIndexOf(LINE_FEED) + 1 || BLOCK;
      yield block.toString("latin1", 0, end);
      block.copyWithin(0, end, filled);
      filled -= end;
    }
  }
  yield block.toString("latin1", 0, filled);
}

/** Checks the file as a whole and opens it; packages are parsed when they are asked for. STORE_CORRUPT on any damage. */
export function openIndex(bytes: Uint8Array): IndexFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = file.length - CHECKSUM;
  const whole =
    end >= HEADER &&
    file.subarray(0, MAGIC.length).equals(MAGIC) &&
    hash("sha256", file.subarray(0, end), "buffer").equals(file.subarray(end));
  if (!whole) {
    throw new DistillError("STORE_CORRUPT", "a stored package index is damaged", {
      hint: "remove it: it is built again from the archive",
    });
  }
  return new IndexFile(file);
}

/** One archive's packages by name. Positions number the packages in the order of their names. */
export class IndexFile {
  readonly #file: Buffer;
  readonly #packages: NameTable;
  readonly #provided: NameTable;

  /** To be had from openIndex, which checks the bytes. */
  constructor(file: Buffer) {
    const [length = 0, count = 0, provided = 0] = [0, 4, 8].map((at) => file.readUInt32LE(MAGIC.length + at));
    this.#file = file;
    this.#packages = new NameTable(file, HEADER, HEADER + length, count);
    this.#provided = new NameTable(file, HEADER, HEADER + length + count * ENTRY, provided);
  }

  /** How many packages there are, each version counted. */
  get count(): number {
    return this.#packages.count;
  }

  /** Positions of the packages of that name. */
  find(name: string): number[] {
    return this.#packages.find(name);
  }

  /** Positions of the packages that have the name among their Provides; a position twice where it stands there twice. */
  findProviders(name: string): number[] {
    return this.#provided.find(name).map((entry) => this.#provided.value(entry));
  }

  /** The name of the package at a position. */
  nameAt(position: number): string {
    return this.#packages.name(position);
  }

  /** The source of the package at a position: a part of what packageAt() gives, in a tenth of its time. FORMAT_INVALID as there. */
  sourceAt(position: number): BinaryPackage["source"] {
    const values = this.#record(position).split("\n", SOURCE + 1);
    return sourceOf(values[SOURCE], values[0] as string, values[VERSION] as string);
  }

  /** Parses the package at a position; `archive` becomes a part of it. FORMAT_INVALID as parsePackage. */
  packageAt(position: number, archive: number): BinaryPackage {
    const values = this.#record(position).split("\n");
    return parsePackage(new Map(RECORD_FIELDS.map((field, slot) => [field, values[slot] ?? ""])), archive);
  }

  #record(position: number): string {
    const start = this.#packages.offset(position);
    return this.#file.toString("latin1", start, start + this.#packages.value(position) - 1);
  }
}

/** The file as it grows: records as they come, and where their names stand. */
class Body {
  #file = Buffer.allocUnsafe(FIRST_ALLOCATION);
  #end = HEADER;
  readonly #offsets: number[] = [];
  readonly #provided: { readonly offsets: number[]; readonly owners: number[] } = { offsets: [], owners: [] };

  add(values: readonly string[]): void {
    const record = `${values.join("\n")}\n`;
    this.#reserve(record.length);
    const start = this.#end - HEADER;
    if (start > MAX_BODY) throw new DistillError("LIMIT_EXCEEDED", "package index: more than 1 GiB of packages");
    this.#end += this.#file.write(record, this.#end, "latin1");
    this.#addProvided(values[PROVIDES] as string, start + (values[0] as string).length + 1);
    this.#offsets.push(start);
  }

  /** Provides follows the name in a record: its names are found there by position, without a copy. */
  #addProvided(provides: string, start: number): void {
    for (let piece = 0; piece < provides.length; ) {
      while (provides.charCodeAt(piece) === SPACE) piece++;
      this.#provided.offsets.push(start + piece);
      this.#provided.owners.push(this.#offsets.length);
      const comma = provides.indexOf(",", piece);
      if (comma < 0) return;
      piece = comma + 1;
    }
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#file.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#file.length * 2, this.#end + bytes));
    this.#file.copy(larger, 0, 0, this.#end);
    this.#file = larger;
  }

  finish(): Uint8Array {
    const count = this.#offsets.length;
    const length = this.#end - HEADER;
    const provided = this.#provided.offsets;
    this.#reserve((count + provided.length) * ENTRY + CHECKSUM);
    const file = this.#file;
    MAGIC.copy(file);
    [length, count, provided.length].forEach((number, index) => {
      file.writeUInt32LE(number, MAGIC.length + index * 4);
    });
    let position = this.#end;

    const names = this.#offsets.map((offset) => nameAt(file, HEADER + offset));
    const order = sortedOrder(names);
    const rank = new Uint32Array(count);
    order.forEach((packageNumber, index) => {
      const offset = this.#offsets[packageNumber] as number;
      rank[packageNumber] = index;
      file.writeUInt32LE(offset, position);
      file.writeUInt32LE((this.#offsets[packageNumber + 1] ?? length) - offset, position + 4);
      position += ENTRY;
    });
    for (const entry of sortedOrder(provided.map((offset) => nameAt(file, HEADER + offset)))) {
      file.writeUInt32LE(provided[entry] as number, position);
      file.writeUInt32LE(rank[this.#provided.owners[entry] as number] as number, position + 4);
      position += ENTRY;
    }
    hash("sha256", file.subarray(0, position), "buffer").copy(file, position);
    const whole = file.subarray(0, position + CHECKSUM);
    // A small one is copied: the garbage collector counts what was allocated, and lets the rest of the heap grow with it.
    return whole.length < file.length / 2 ? Buffer.from(whole) : whole;
  }
}
