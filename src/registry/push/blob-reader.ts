import type { Blob } from "../../image/image.ts";

/**
 * Reads a blob in consecutive pieces; it is opened again only where a piece does not begin where the last one ended. The
 * last bytes of the blob come only when its source has ended: one that is verified at its end gives no whole that is wrong.
 */
export class BlobReader implements AsyncDisposable {
  readonly #blob: Blob;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #rest: Uint8Array = new Uint8Array();
  #position = 0;
  /** The piece that is being read; one that was given up may wake up later, and must not read on. */
  #piece: symbol | undefined;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  /** `length` bytes from `offset` on, or fewer where the blob ends. A new piece ends the one before it. */
  async *piece(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const own = Symbol("piece");
    const followsOn = this.#piece === undefined && offset === this.#position && this.#chunks !== undefined;
    this.#piece = own;
    if (!followsOn) await this.#seek(offset);
    for (let left = length; left > 0; ) {
      const rest = this.#rest.length > 0 ? this.#rest : await this.#next();
      if (this.#piece !== own) throw new Error("this piece of a blob was given up");
      const given = rest?.subarray(0, left) ?? new Uint8Array();
      left = rest === undefined ? 0 : left - given.length;
      this.#rest = rest?.subarray(given.length) ?? this.#rest;
      this.#position += given.length;
      if (this.#position === this.#blob.descriptor.size) await this.end();
      if (left === 0) this.#piece = undefined;
      yield given;
    }
  }

  /** Reads what is left: a blob that is verified at its end fails here. */
  async end(): Promise<void> {
    const chunks = this.#chunks;
    while ((await chunks?.next())?.done === false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks?.return?.();
    this.#chunks = undefined;
    this.#rest = new Uint8Array();
  }

  async #next(): Promise<Uint8Array | undefined> {
    const next = await this.#chunks?.next();
    return next === undefined || next.done === true ? undefined : next.value;
  }

  async #seek(offset: number): Promise<void> {
    await this[Symbol.asyncDispose]();
    const { openFrom } = this.#blob;
    this.#position = offset;
    if (openFrom !== undefined && offset > 0) {
      this.#chunks = openFrom(offset)[Symbol.asyncIterator]();
      return;
    }
    this.#chunks = this.#blob.open()[Symbol.asyncIterator]();
    for (let skipped = 0; skipped < offset; ) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      this.#rest = chunk.subarray(offset - skipped);
      skipped += chunk.length;
    }
  }
}
