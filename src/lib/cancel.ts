import { DistillError } from "./errors.ts";

/** Throws CANCELLED once `signal` is aborted. To be called between steps of long synchronous work. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** The error that Ctrl-C ends in. */
export function cancelled(): DistillError {
  return new DistillError("CANCELLED", "interrupted");
}
