import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ObjectPiece } from "./objects.ts";

/** Object types in a pack (gitformat-pack(5)). */
const TYPES: ReadonlyMap<string, number> = new Map([
  ["commit", 1],
  ["tree", 2],
  ["blob", 3],
  ["tag", 4],
]);

/** Longest stored block of deflate (RFC 1951, section 3.2.4). */
const BLOCK = 0xffff;

const ADLER = 65521;

/** Additions that cannot make the sums of Adler-32 overflow (RFC 1950, section 9). */
const ADLER_RUN = 3800;

/** What a pack is found by. */
export interface PackIndex {
  /** Names of the objects, in byte order, their places and checksums: the `.idx` file, version 2. */
  readonly bytes: Buffer;
  /** The pack's own hash, hexadecimal: `pack-NAME.pack`. */
  readonly name: string;
}

/**
 * Writes objects as a pack in which none is compressed or a difference to another one: its bytes depend on the objects and
 * their order alone, not on a version of git or of zlib, and the layer that it goes into is compressed anyway. Call
 * `index()` when the bytes have been read to their end.
 */
export class PackWriter {
  readonly #algorithm: "sha1" | "sha256";
  readonly #hash: Hash;
  readonly #entries: { readonly id: string; readonly offset: number; crc: number }[] = [];
  #offset = 0;
  #name = "";

  constructor(algorithm: "sha1" | "sha256") {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  async *bytes(count: number, pieces: AsyncIterable<ObjectPiece>): AsyncGenerator<Buffer> {
    const header = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
    header.writeUInt32BE(count, 8);
    yield this.#out(header);
    let body: StoredBody | undefined;
    for await (const piece of pieces) {
      if (piece.kind === "head") {
        if (body !== undefined) yield this.#out(body.end());
        this.#entries.push({ id: piece.id, offset: this.#offset, crc: 0 });
        yield this.#out(
          Buffer.concat([objectHeader(TYPES.get(piece.type) ?? 0, piece.size), Buffer.from([0x78, 0x01])]),
        );
        body = new StoredBody(piece.size);
      } else if (body !== undefined) {
        for (const part of body.blocks(piece.bytes)) yield this.#out(part);
      }
    }
    if (body !== undefined) yield this.#out(body.end());
    const trailer = this.#hash.digest();
    this.#name = trailer.toString("hex");
    yield trailer;
  }

  index(): PackIndex {
    const sorted = this.#entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const [crcs, offsets] = [Buffer.alloc(4 * sorted.length), Buffer.alloc(4 * sorted.length)];
    const far: Buffer[] = [];
    const fanout = Buffer.alloc(4 * 256);
    for (const [at, { id, crc, offset }] of sorted.entries()) {
      crcs.writeUInt32BE(crc, 4 * at);
      if (offset < 2 ** 31) {
        offsets.writeUInt32BE(offset, 4 * at);
      } else {
        offsets.writeUInt32BE((2 ** 31 + far.length) >>> 0, 4 * at);
        const place = Buffer.alloc(8);
        place.writeBigUInt64BE(BigInt(offset));
        far.push(place);
      }
      for (let first = Number.parseInt(id.slice(0, 2), 16); first < 256; first++)
        fanout.writeUInt32BE(at + 1, 4 * first);
    }
    const names = Buffer.from(sorted.map(({ id }) => id).join(""), "hex");
    const magic = Buffer.from("\xfftOc\0\0\0\x02", "latin1");
    const body = Buffer.concat([magic, fanout, names, crcs, offsets, ...far, Buffer.from(this.#name, "hex")]);
    const bytes = Buffer.concat([body, createHash(this.#algorithm).update(body).digest()]);
    return { bytes, name: this.#name };
  }

  #out(bytes: Buffer): Buffer {
    this.#hash.update(bytes);
    this.#offset += bytes.length;
    const entry = this.#entries.at(-1);
    if (entry !== undefined) entry.crc = crc32(bytes, entry.crc);
    return bytes;
  }
}

/** Type and length: four bits of the length in the first byte, then seven in each. */
function objectHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let first = (type << 4) | (size % 16);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(first | 0x80);
    first = rest % 128;
  }
  bytes.push(first);
  return Buffer.from(bytes);
}

/** The bytes of an object as zlib's stored blocks, whatever pieces they come in. */
class StoredBody {
  #left: number;
  #inBlock = 0;
  #a = 1;
  #b = 0;

  constructor(size: number) {
    this.#left = size;
  }

  *blocks(bytes: Buffer): Generator<Buffer> {
    this.#sum(bytes);
    for (let at = 0; at < bytes.length; ) {
      if (this.#inBlock === 0) {
        this.#inBlock = Math.min(BLOCK, this.#left);
        yield blockHeader(this.#inBlock, this.#inBlock === this.#left);
      }
      const part = bytes.subarray(at, at + this.#inBlock);
      at += part.length;
      this.#inBlock -= part.length;
      this.#left -= part.length;
      yield part;
    }
  }

  /** Adler-32 of all; before it, for an object without bytes, the one block that there must be. */
  end(): Buffer {
    const sum = Buffer.alloc(4);
    sum.writeUInt16BE(this.#b, 0);
    sum.writeUInt16BE(this.#a, 2);
    return this.#a === 1 && this.#b === 0 ? Buffer.concat([blockHeader(0, true), sum]) : sum;
  }

  #sum(bytes: Buffer): void {
    let [a, b] = [this.#a, this.#b];
    for (let at = 0; at < bytes.length; ) {
      for (const end = Math.min(at + ADLER_RUN, bytes.length); at < end; at++) {
        a += bytes[at] as number;
        b += a;
      }
      a %= ADLER;
      b %= ADLER;
    }
    [this.#a, this.#b] = [a, b];
  }
}

function blockHeader(length: number, last: boolean): Buffer {
  const header = Buffer.from([last ? 1 : 0, 0, 0, 0, 0]);
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(length ^ 0xffff, 3);
  return header;
}
