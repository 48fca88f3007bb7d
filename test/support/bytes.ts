/** Collects a stream into one buffer. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A stream of `bytes` in pieces of the given sizes, repeated as often as needed. */
export async function* pieces(bytes: Uint8Array, ...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** A stream that counts its bytes and knows whether it was closed. */
export class ObservedStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  bytesRead = 0;
  closed = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#source) {
        this.bytesRead += chunk.length;
        yield chunk;
      }
    } finally {
      this.closed = true;
    }
  }
}

/**
 * Text-like bytes that compress about as well as a root file system, the same ones for ever: words of a fixed
 * vocabulary, drawn by a linear congruential generator (Numerical Recipes' constants).
 */
export function pseudoText(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = Array.from({ length: 2000 }, () => Array.from({ length: 1 + random(12) }, () => random(256)));
  for (let at = 0; at < size; ) {
    for (const byte of words[Math.min(random(2000), random(2000))] ?? []) {
      if (at < size) bytes[at++] = byte;
    }
  }
  return bytes;
}
