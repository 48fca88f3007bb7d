import type { Readable, Writable } from "node:stream";

/** Two ends of one machine made of Node streams: what is written to `input` comes back, changed, from `output`. */
export interface Machine {
  readonly input: Writable;
  readonly output: Readable;
  /** What to throw when one of the two streams failed. A failure of the source is thrown as it is. */
  failure(error: Error): unknown;
}

/**
 * Sends `source` through `machine` and yields what comes out, with back-pressure at both ends.
 *
 * The source is asked only while the consumer waits, so no read of it is under way when the consumer stops early: then
 * (and on every failure) both streams are destroyed and the source is closed. The machine may end before the source
 * does; it is up to the caller whether that is an error.
 */
export async function* through(source: AsyncIterable<Uint8Array>, machine: Machine): AsyncGenerator<Uint8Array> {
  const { input, output } = machine;
  const bell = new Bell();
  const failures: Error[] = [];
  const fail = (error: Error): void => {
    failures.push(error);
    bell.ring();
  };
  let ended = false;
  let closed = false;
  input.on("error", fail);
  output.on("error", fail);
  output.on("readable", () => bell.ring());
  // The event, not the property: the property is set before a failure is heard.
  output.on("close", () => {
    closed = true;
    bell.ring();
  });
  output.on("end", () => {
    ended = true;
    bell.ring();
  });

  const chunks = owned(source);
  let exhausted = false;
  const feed = async (): Promise<void> => {
    const next = await chunks.next();
    exhausted = next.done === true;
    if (next.done === true) input.end();
    else input.write(next.value, () => bell.ring());
  };

  try {
    for (;;) {
      if (failures[0] !== undefined) throw await machine.failure(failures[0]);
      const chunk: Uint8Array | null = output.read();
      if (chunk !== null) {
        yield chunk;
      } else if (ended) {
        return;
      } else if (closed) {
        throw await machine.failure(new Error("the stream was closed before its end"));
      } else if (!exhausted && input.writable && input.writableLength < input.writableHighWaterMark) {
        await feed();
      } else {
        await bell.heard();
      }
    }
  } finally {
    input.destroy();
    output.destroy();
    await chunks.return(undefined);
  }
}

/** The source as a generator: it can be closed at any time, also twice or after a failure, and closes the source once. */
export async function* owned(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  yield* source;
  return undefined;
}

/** Wakes one waiter; a ring that nobody waited for is remembered. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async heard(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}
