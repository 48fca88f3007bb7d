import { execFileSync } from "node:child_process";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { BLOCK, checksum, FIELDS, padded } from "../../src/formats/tar/header.ts";
import { encodeHeader } from "../../src/formats/tar/writer.ts";
import type { Content } from "../../src/rootfs/content.ts";
import { header } from "./tar.ts";

/** What packs bytes in one of the ways that archives are packed in. */
export type Packer = (bytes: Uint8Array) => Buffer;

const through =
  (program: string): Packer =>
  (bytes) =>
    execFileSync(program, ["-c"], { input: bytes, maxBuffer: 1 << 30 });

export const PACKERS: Readonly<Record<"gzip" | "zstd" | "bzip2" | "xz", Packer>> = {
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
  bzip2: through("bzip2"),
  xz: through("xz"),
};

/** `first`, then `unit` so many times: all four packings may be several streams, one behind the other. */
export function repeated(first: Uint8Array, unit: Uint8Array, times: number): Content {
  const size = first.length + unit.length * times;
  return {
    size,
    read: async (offset, length) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const at = offset + done;
        const part = at < first.length ? first.subarray(at) : unit.subarray((at - first.length) % unit.length);
        bytes.set(part.subarray(0, bytes.length - done), done);
        done += Math.min(part.length, bytes.length - done);
      }
      return bytes;
    },
  };
}

const UNIT = 16 << 20;

/** A packed archive of one file of `size` zeros, of which no more is in memory than 16 MiB are packed to. */
export function packedZeros(pack: Packer, size: number): Content {
  const times = Math.ceil(size / UNIT) + 1;
  return repeated(pack(encodeHeader(header({ path: "zeros", size }))), pack(Buffer.alloc(UNIT)), times);
}

/** An archive of `count` headers that are made as they are read; each takes as many bytes as the first. */
export function headers(count: number, make: (index: number) => Uint8Array): Content {
  const each = make(0).length;
  const size = count * each + 2 * BLOCK;
  let last = { index: -1, bytes: new Uint8Array(0) };
  const bytesOf = (index: number): Uint8Array => {
    if (last.index !== index)
      last = { index, bytes: index < count ? new Uint8Array(make(index)) : new Uint8Array(2 * BLOCK) };
    return last.bytes;
  };
  return {
    size,
    read: async (offset, length) => {
      const end = Math.min(size, offset + length);
      const parts: Uint8Array[] = [];
      for (let at = offset; at < end; ) {
        const index = Math.floor(at / each);
        const whole = bytesOf(Math.min(index, count));
        const from = at - Math.min(index, count) * each;
        const part = whole.subarray(from, from + end - at);
        parts.push(part);
        at += part.length;
      }
      return Buffer.concat(parts);
    },
  };
}

/** A header block with a field's bytes replaced and its checksum right again. */
export function tampered(block: Uint8Array, field: keyof typeof FIELDS, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(block);
  copy.set(bytes.subarray(0, FIELDS[field][1]), FIELDS[field][0]);
  copy.write(`${checksum(copy).toString(8).padStart(6, "0")}\0 `, FIELDS.checksum[0], "latin1");
  return copy;
}

/** An extended header (x, g, L or K) with this data. */
export function extension(type: "x" | "g" | "L" | "K", data: Uint8Array): Buffer {
  const block = tampered(
    encodeHeader(header({ path: "ext" })),
    "size",
    Buffer.from(`${data.length.toString(8).padStart(11, "0")}\0`),
  );
  const body = Buffer.alloc(padded(data.length));
  body.set(data);
  return Buffer.concat([tampered(block, "type", Buffer.from(type)), body]);
}
