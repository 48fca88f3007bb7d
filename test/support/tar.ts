import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TarOptions } from "../../src/formats/tar/assembler.ts";
import type { TarHeader } from "../../src/formats/tar/header.ts";
import { readTar } from "../../src/formats/tar/reader.ts";
import { seekTar, seekTarBytes } from "../../src/formats/tar/seek.ts";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../../src/formats/tar/writer.ts";
import { isDistillError } from "../../src/lib/errors.ts";

/** An entry with its body, as tests compare them. */
export interface Entry {
  readonly header: TarHeader;
  readonly body: Buffer;
}

/** A header with unremarkable values where `parts` gives none. */
export function header(parts: Partial<TarHeader> = {}): TarHeader {
  return {
    path: "a",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    linkname: "",
    uname: "",
    gname: "",
    devmajor: 0,
    devminor: 0,
    xattrs: new Map(),
    ...parts,
  };
}

/** A file entry whose size is its body's. */
export function file(path: string, body: string | Uint8Array, parts: Partial<TarHeader> = {}): Entry {
  const bytes = Buffer.from(body as Uint8Array);
  return { header: header({ path, size: bytes.length, ...parts }), body: bytes };
}

/** An entry without a body. */
export function bare(parts: Partial<TarHeader>): Entry {
  return { header: header(parts), body: Buffer.alloc(0) };
}

/** The archive that distill writes for these entries. */
export function archiveOf(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ header, body }) => [encodeHeader(header), body, paddingAfter(header.size)]);
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** `bytes` as a stream of pieces that end at `cuts` (any order; out of range is ignored). */
export async function* chunks(bytes: Buffer, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut < from || cut > bytes.length) continue;
    yield bytes.subarray(from, cut);
    from = cut;
  }
  yield bytes.subarray(from);
}

/** What a reader made of an archive: its entries up to the failure, if any. Other errors than DistillError escape. */
export interface Outcome {
  readonly entries: readonly Entry[];
  readonly code: string | undefined;
  readonly message: string;
}

export async function streamed(bytes: Buffer, cuts: readonly number[] = [], options?: TarOptions): Promise<Outcome> {
  const entries: Entry[] = [];
  try {
    for await (const { header, body } of readTar(chunks(bytes, cuts), options)) {
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      entries.push({ header, body: Buffer.concat(pieces) });
    }
    return { entries, code: undefined, message: "" };
  } catch (error) {
    return failed(entries, error);
  }
}

/** As streamed, from a file that is written into `directory`. */
export function sought(bytes: Buffer, directory: string, options?: TarOptions): Outcome {
  const path = join(directory, "sought.tar");
  writeFileSync(path, bytes);
  const fd = openSync(path, "r");
  const entries: Entry[] = [];
  try {
    for (const { header, offset } of seekTar({ fd }, options)) {
      const body = Buffer.alloc(header.size);
      readSync(fd, body, 0, body.length, offset);
      entries.push({ header, body });
    }
    return { entries, code: undefined, message: "" };
  } catch (error) {
    return failed(entries, error);
  } finally {
    closeSync(fd);
  }
}

/** As sought, where the archive is no open file. */
export async function soughtInBytes(bytes: Buffer, options?: TarOptions): Promise<Outcome> {
  const entries: Entry[] = [];
  const source = { size: bytes.length, read: async (at: number, count: number) => bytes.subarray(at, at + count) };
  try {
    for await (const { header, offset } of seekTarBytes(source, options)) {
      entries.push({ header, body: Buffer.from(bytes.subarray(offset, offset + header.size)) });
    }
    return { entries, code: undefined, message: "" };
  } catch (error) {
    return failed(entries, error);
  }
}

function failed(entries: readonly Entry[], error: unknown): Outcome {
  if (!isDistillError(error)) throw error;
  return { entries, code: error.code, message: error.message };
}
