import type { Blob } from "../../image/image.ts";

/** Reads a blob in consecutive pieces; it is opened again only where a piece does not begin where the last one ended. */
export class BlobReader implements AsyncDisposable {
  readonly #blob: Blob;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #rest: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  /** `length` bytes from `offset` on, or fewer where the blob ends. To be read to its end before the next piece. */
  async *piece(offset: number, length: number): AsyncGenerator<Uint8Array> {
    if (offset !== this.#position || this.#chunks === undefined) await this.#seek(offset);
    let left = length;
    while (left > 0) {
      const chunk = this.#rest.length > 0 ? this.#rest : await this.#next();
      if (chunk === undefined) return;
      const given = chunk.subarray(0, left);
      this.#rest = chunk.subarray(given.length);
      this.#position += given.length;
      left -= given.length;
      yield given;
    }
  }

  /** Reads what is left: a blob that is verified at its end fails here. */
  async end(): Promise<void> {
    while (this.#chunks !== undefined && (await this.#next()) !== undefined);
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
