import { availableParallelism } from "node:os";
import { DistillError } from "../errors.ts";

const LARGEST = 64;

/**
 * How many pieces of work to do side by side: as many as the machine has processors, but at most `most`; or exactly what
 * DISTILL_WORKERS says, 1 to 64 (else USAGE). No result depends on it, only time and memory.
 */
export function workerCount(
  most: number,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const wish = environment.DISTILL_WORKERS;
  if (!wish) return Math.min(most, availableParallelism());
  const count = /^\d{1,3}$/.test(wish) ? Number(wish) : 0;
  if (count >= 1 && count <= LARGEST) return count;
  throw new DistillError("USAGE", `DISTILL_WORKERS is ${JSON.stringify(wish)}, which is no number of workers`, {
    hint: `set it to a whole number from 1 to ${LARGEST}, or unset it`,
  });
}
