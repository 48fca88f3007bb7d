import type { Dispatcher } from "undici";

/** How much is taken from the connection ahead of the reader, in bytes. */
const AHEAD = 1 << 20;
/** A body that nobody wants is read to its end if that is near, so that its connection can serve again; in bytes. */
const WORTH_READING = 128 << 10;
/** And if it comes within this time; in milliseconds. */
const WORTH_WAITING = 1000;

/** The body of an answer: pieces as they arrive, held up while the reader is behind. */
export class Body implements AsyncIterable<Uint8Array> {
  readonly #controller: Dispatcher.DispatchController;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #dropped: number | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
  }

  /** To be read once. Stopping early closes the connection. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#waiting.shift();
        if (chunk !== undefined) {
          this.#bytes -= chunk.length;
          yield chunk;
        } else if (this.#failure !== undefined) {
          throw this.#failure.error;
        } else if (this.#ended) {
          return;
        } else {
          await this.#more();
        }
      }
    } finally {
      this.#abort();
    }
  }

  /** Drops what is left unread and gives the connection back, or up where too much is left. */
  async discard(): Promise<void> {
    this.#dropped = this.#waiting.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#waiting.length = 0;
    const patience = setTimeout(() => this.#abort(), WORTH_WAITING);
    try {
      while (!this.#ended && this.#failure === undefined) {
        if (this.#dropped > WORTH_READING) return this.#abort();
        await this.#more();
      }
    } finally {
      clearTimeout(patience);
    }
  }

  push(chunk: Uint8Array): void {
    if (this.#dropped === undefined) {
      this.#waiting.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > AHEAD) this.#controller.pause();
    } else {
      this.#dropped += chunk.length;
    }
    this.#tell();
  }

  end(): void {
    this.#ended = true;
    this.#tell();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#tell();
  }

  #abort(): void {
    if (!this.#ended && this.#failure === undefined) this.#controller.abort(new Error("the reader has stopped"));
  }

  /** Settles with the next event, which resuming may bring at once. */
  #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#controller.resume();
    return promise;
  }

  #tell(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
