import { createHash, type Hash } from "node:crypto";
import type { TarOptions } from "./assembler.ts";
import { TarCursor, type TarMember } from "./cursor.ts";
import { display, failure, truncated } from "./failures.ts";

/** An entry that passed by, and the SHA-256 of its body. */
export interface WatchedMember extends TarMember {
  readonly sha256: Buffer;
}

export interface WatchOptions extends TarOptions {
  /** Bytes up to which an archive may go on; no limit by default. Beyond, LIMIT_EXCEEDED before the body that is too much. */
  readonly maxBytes?: number;
}

/**
 * Passes an archive on as it comes, and tells of each entry once its body has passed. Nothing is copied; bodies are hashed
 * on the way. Fails as readTar does, at the end also for an archive that was cut.
 */
export async function* watchTar(
  source: AsyncIterable<Uint8Array>,
  onMember: (member: WatchedMember) => void,
  options: WatchOptions = {},
): AsyncGenerator<Uint8Array> {
  const watcher = new Watcher(onMember, options);
  for await (const chunk of source) {
    watcher.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    yield chunk;
  }
  watcher.end();
}

interface Body {
  readonly member: TarMember;
  readonly hash: Hash;
  left: number;
}

class Watcher {
  readonly #cursor: TarCursor;
  readonly #onMember: (member: WatchedMember) => void;
  readonly #maxBytes: number;
  #offset = 0;
  /** What of the bytes that the cursor wants has come. */
  #gathered: Buffer[] = [];
  #missing: number;
  #body: Body | undefined;

  constructor(onMember: (member: WatchedMember) => void, options: WatchOptions) {
    this.#cursor = new TarCursor(Number.MAX_SAFE_INTEGER, options);
    this.#onMember = onMember;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#missing = this.#cursor.count;
  }

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#cursor.ended; ) at += this.#step(chunk.subarray(at));
  }

  end(): void {
    if (!this.#cursor.ended) throw truncated(this.#cursor.archive, this.#offset, "an entry");
  }

  /** Takes some bytes of a chunk, and says how many. */
  #step(rest: Buffer): number {
    if (this.#body !== undefined) return this.#hash(this.#body, rest);
    const gap = this.#cursor.at - this.#offset;
    if (gap > 0) return this.#pass(Math.min(gap, rest.length));
    const piece = rest.subarray(0, this.#missing);
    this.#gathered.push(piece);
    this.#missing -= piece.length;
    this.#offset += piece.length;
    if (this.#missing === 0) this.#header();
    return piece.length;
  }

  #hash(body: Body, rest: Buffer): number {
    const piece = rest.subarray(0, body.left);
    body.hash.update(piece);
    body.left -= piece.length;
    if (body.left === 0) this.#finish();
    return this.#pass(piece.length);
  }

  #pass(count: number): number {
    this.#offset += count;
    return count;
  }

  #header(): void {
    const [only, ...more] = this.#gathered;
    const bytes = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#gathered);
    this.#gathered = [];
    const member = this.#cursor.take(bytes);
    this.#missing = this.#cursor.count;
    if (member === undefined) return;
    const { header, offset } = member;
    if (offset + header.size > this.#maxBytes) {
      const problem = `with ${header.size} bytes of ${display(header.path)} it is larger than ${this.#maxBytes} bytes`;
      throw failure("LIMIT_EXCEEDED", { archive: this.#cursor.archive, offset }, problem);
    }
    this.#body = { member, hash: createHash("sha256"), left: header.size };
    if (header.size === 0) this.#finish();
  }

  #finish(): void {
    const body = this.#body;
    this.#body = undefined;
    if (body !== undefined) this.#onMember({ ...body.member, sha256: body.hash.digest() });
  }
}
