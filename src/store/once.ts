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

/** Does `work` while nobody else does any for the same purpose, in whatever process; who came first goes first. */
export async function alone<T>(
  context: StoreContext,
  purpose: string,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  await using lease = new Lease(context, purpose);
  while (isLaterThanAnother(context, lease)) {
    throwIfCancelled(signal);
    await sleep(PAUSE);
  }
  // Awaited here: the lease must not end before the work does.
  return await work();
}

/** Does `work` for the first number for which nobody else does any at this time. */
export async function withFreeNumber<T>(
  context: StoreContext,
  purpose: string,
  work: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 0; ; number++) {
    await using lease = new Lease(context, `${purpose} ${number}`);
    if (!isLaterThanAnother(context, lease)) return await work(number);
  }
}
