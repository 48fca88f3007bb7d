import { DistillError } from "./errors.ts";

/**
 * Passes `source` on until it would exceed `maxBytes`, then throws LIMIT_EXCEEDED in place of the chunk that does.
 * `what` names the bytes in the message ("the decompressed layer").
 */
export async function* limitBytes(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    if (total > maxBytes) throw new DistillError("LIMIT_EXCEEDED", `${what} is larger than ${maxBytes} bytes`);
    yield chunk;
  }
}
