import { DistillError } from "./errors.ts";

/** Throws CANCELLED once `signal` is aborted. To be called between steps of long synchronous work. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** The error that Ctrl-C ends in. */
export function cancelled(): DistillError {
  return new DistillError("CANCELLED", "interrupted");
}

/** The values of `source`, and CANCELLED in place of the next one once `signal` is aborted. */
export async function* untilCancelled<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  for await (const value of source) {
    throwIfCancelled(signal);
    yield value;
  }
}
