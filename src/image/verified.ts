import { type Digest, Digester } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";

/** What a stream is expected to be. */
export interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Passes a stream on and ends it in an error unless its size and digest are the expected ones. A stream that runs over
 * its size is cut at once. `mismatch` makes the error; DIGEST_MISMATCH naming the blob by default.
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  expected: Expected,
  mismatch: (found: string) => DistillError = (found) => digestMismatch(expected, found),
): AsyncGenerator<Uint8Array> {
  const digester = new Digester();
  for await (const chunk of source) {
    digester.update(chunk);
    if (digester.size > expected.size) throw mismatch(`more than its ${expected.size} bytes`);
    yield chunk;
  }
  if (digester.size < expected.size) throw mismatch(`${digester.size} bytes instead of ${expected.size}`);
  const digest = digester.digest();
  if (digest !== expected.digest) throw mismatch(`the content of ${digest}`);
}

/** The error for a blob that turned out to have something else than was promised. */
export function digestMismatch({ digest }: Expected, found: string): DistillError {
  return new DistillError("DIGEST_MISMATCH", `blob ${digest} has ${found}`, {
    hint: "its source sent something else than it promised; try again or use another source",
  });
}
