import type { Stats } from "node:fs";

/**
 * A file that changed so short a time before it was looked at, in milliseconds, may change again without its times showing
 * it: file systems count in steps, and some in whole seconds.
 */
const SETTLED = 2100;

/** Whether times that were looked at then would show a later change. A time far ahead was set, and shows it as well. */
export function settled({ mtimeMs, ctimeMs }: Pick<Stats, "mtimeMs" | "ctimeMs">, at: number): boolean {
  return at - ctimeMs >= SETTLED && Math.abs(at - mtimeMs) >= SETTLED;
}
