import { isDistillError } from "../lib/errors.ts";
import type { HttpPolicy } from "../lib/http/retry.ts";
import type { Progress } from "../lib/progress.ts";
import { protocolFailure } from "../registry/failures.ts";
import type { Remote } from "../registry/remote.ts";

/** How registries are reached, where one is asked. */
export interface RegistryAccess {
  /** False: certificates are not checked, and plain http is tried where https does not answer. True by default. */
  readonly tlsVerify?: boolean | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  /** How patient requests are, where not as usual. */
  readonly policy?: Partial<HttpPolicy> | undefined;
}

/** Runs work that reads from a registry: nonsense that it sends is the registry's failure, not that of an input. */
export async function blamingRegistry<T>(remote: Remote | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (remote === undefined || !isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    throw protocolFailure(remote, `sends something that is no image: ${error.message}`, error);
  }
}
