import { DistillError } from "./errors.ts";

/** Throws CANCELLED once `signal` is aborted. To be called between steps of long synchronous work. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** The error that Ctrl-C ends in. */
export function cancelled(): DistillError {
  return new DistillError("CANCELLED", "interrupted");
}

/** `promise`, or CANCELLED as soon as `signal` is aborted; what the promise stands for goes on, and is not heard of again. */
export async function orCancelled<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(cancelled());
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The values of `source`, and CANCELLED in place of the next one once `signal` is aborted. */
export async function* untilCancelled<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  for await (const value of source) {
    throwIfCancelled(signal);
    yield value;
  }
}
