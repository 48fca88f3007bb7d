import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Digest, Digester, digestOf } from "../lib/digest.ts";
import { DistillError, fromSystemError } from "../lib/errors.ts";

/** The bytes of a file, read when they are needed and as often as they are needed. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  /** Bytes from `offset`; fewer than `length` only at the end of the content. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** A name of the bytes: equal ones mean equal bytes. Absent where only reading them would tell. */
  identity?(): string;
}

const WINDOW = 1024 * 1024;

/** All bytes in order, at most 1 MiB at a time. */
export async function* streamContent(content: Content): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < content.size; offset += WINDOW) {
    yield await content.read(offset, Math.min(WINDOW, content.size - offset));
  }
}

/** All bytes at once; LIMIT_EXCEEDED above `limit` bytes. */
export async function readContent(content: Content, limit: number): Promise<Uint8Array> {
  if (content.size > limit) {
    throw new DistillError(
      "LIMIT_EXCEEDED",
      `a file of ${content.size} bytes is larger than the ${limit} expected here`,
    );
  }
  return content.read(0, content.size);
}

/** True where two contents have the same bytes; reads them where their identities do not tell. */
export async function sameContent(a: Content, b: Content): Promise<boolean> {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  const identity = a.identity?.();
  if (identity !== undefined && identity === b.identity?.()) return true;
  return (await digestOfContent(a)) === (await digestOfContent(b));
}

/** The digest of all bytes. */
export async function digestOfContent(content: Content): Promise<Digest> {
  const digester = new Digester();
  for await (const chunk of streamContent(content)) digester.update(chunk);
  return digester.digest();
}

/** Content that is held in memory. */
export function bytesContent(bytes: Uint8Array): Content {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    identity: () => digestOf(bytes),
  };
}

/** `size` bytes of `whole` from `offset` on. */
export function partOf(whole: Content, offset: number, size: number): Content {
  return new Part(whole, offset, size);
}

/** A class, as there is one for each file of an archive: three fields, where functions would cost thrice as much. */
class Part implements Content {
  readonly #whole: Content;
  readonly #offset: number;
  readonly size: number;

  constructor(whole: Content, offset: number, size: number) {
    this.#whole = whole;
    this.#offset = offset;
    this.size = size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#whole.read(this.#offset + offset, Math.max(0, Math.min(length, this.size - offset)));
  }
}

/** Content of a text in UTF-8. */
export function textContent(text: string): Content {
  return bytesContent(Buffer.from(text, "utf8"));
}

/**
 * A file on disk that many contents are ranges of (an unpacked data.tar, a layer). It is opened at the first read and
 * must be closed by whoever made it.
 */
export class BackingFile {
  readonly path: string;
  readonly #identity: string | undefined;
  #handle: Promise<FileHandle> | undefined;

  /**
   * `handle` is for a file that is open already, and may have no name any more; `path` is what messages call it then.
   * `identity` is a name of its bytes, such as their digest.
   */
  constructor(path: string, handle?: FileHandle, identity?: string) {
    this.path = path;
    this.#identity = identity;
    this.#handle = handle && Promise.resolve(handle);
  }

  /** The open file; stays open until close(). */
  handle(): Promise<FileHandle> {
    this.#handle ??= open(this.path, "r").catch((error: unknown) => {
      this.#handle = undefined;
      throw fromSystemError(error, "opening", this.path);
    });
    return this.#handle;
  }

  /** The content at `size` bytes from `offset`. */
  range(offset: number, size: number): Content {
    const read = async (from: number, length: number): Promise<Uint8Array> => {
      const wanted = Math.max(0, Math.min(length, size - from));
      return readExactly(await this.handle(), offset + from, wanted, this.path);
    };
    const identity = this.#identity;
    return identity === undefined ? { size, read } : { size, read, identity: () => `${identity}@${offset}+${size}` };
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) await (await handle).close();
  }
}

/**
 * Exactly `length` bytes at `position`; IO when the file ends before. Synchronous on purpose, as seekTar: what is read
 * was mostly just written, and layers are being packed on the thread pool meanwhile.
 */
export function readExactly(file: { readonly fd: number }, position: number, length: number, path: string): Uint8Array {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const bytesRead = readSome(file.fd, buffer.subarray(done), position + done, path);
    if (bytesRead === 0) {
      throw new DistillError(
        "IO",
        `${path} ended at byte ${position + done}, ${length - done} before what was expected`,
        {
          hint: "the file changed while it was read; run the command again",
        },
      );
    }
    done += bytesRead;
  }
  return buffer;
}

function readSome(fd: number, into: Uint8Array, position: number, path: string): number {
  try {
    return readSync(fd, into, 0, into.length, position);
  } catch (error) {
    throw fromSystemError(error, "reading", path);
  }
}
