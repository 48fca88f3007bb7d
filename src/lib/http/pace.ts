import type { HttpPolicy } from "./retry.ts";

/** A body that drips so slowly that it would not end; passing, as a timeout is. */
class TooSlow extends Error {
  readonly code = "UND_ERR_BODY_TIMEOUT";
}

/**
 * The body, ended in a timeout once `idleTimeout` of waiting has brought fewer than `slowest` bytes. Only the time that
 * is spent waiting for the server counts, not what the reader does in between.
 */
export async function* atPace(
  body: AsyncIterable<Uint8Array>,
  { idleTimeout, slowest }: Pick<HttpPolicy, "idleTimeout" | "slowest">,
): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let [waited, received] = [0, 0];
  try {
    for (;;) {
      const start = performance.now();
      const next = await chunks.next();
      if (next.done === true) return;
      waited += performance.now() - start;
      received += next.value.length;
      if (waited >= idleTimeout) {
        if (received < slowest) throw new TooSlow(`${received} bytes in ${Math.round(waited)} ms`);
        [waited, received] = [0, 0];
      }
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}
