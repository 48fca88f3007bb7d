import { setTimeout as sleep } from "node:timers/promises";
import { throwIfCancelled } from "../lib/cancel.ts";
import type { StoreContext } from "./context.ts";
import { isLaterThanAnother, Lease } from "./leases.ts";

/** Milliseconds between two looks at whether another builder is done. */
const PAUSE = 20;

/** Milliseconds after which one that does not get done is not waited for any longer. */
const PATIENCE = 600_000;

/**
 * What `find` gives, or else what `make` makes, by one builder at a time: whoever comes later waits for the first one as
 * long as its process lives. Where the first one fails, the next one makes it. Throws CANCELLED.
 */
export async function onceAmongBuilders<T>(
  context: StoreContext,
  purpose: string,
  work: { find(): T | undefined; make(): Promise<T> },
  signal: AbortSignal | undefined,
): Promise<T> {
  const found = work.find();
  if (found !== undefined) return found;
  await using lease = new Lease(context, purpose);
  for (const end = Date.now() + PATIENCE; isLaterThanAnother(context, lease) && Date.now() < end; ) {
    throwIfCancelled(signal);
    await sleep(PAUSE);
  }
  return work.find() ?? (await work.make());
}
