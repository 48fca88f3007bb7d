import type { Digest } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import { parseAge, parseBytes } from "../lib/quantities.ts";
import type { CacheLimits } from "../store/cache.ts";
import { pruneCacheMounts } from "./cache-mounts.ts";
import type { Workspace } from "./workspace.ts";

const DAY = 86_400_000;

/** What stays where nobody says otherwise. */
const USUAL: CacheLimits = { maxBytes: 10 * 2 ** 30, maxAgeMs: 30 * DAY };

/** How much builds leave for later ones: DISTILL_CACHE_SIZE in `environment`, else 10 GiB, and 30 days. Throws USAGE. */
export function cacheLimits(environment: Readonly<Record<string, string | undefined>> = process.env): CacheLimits {
  const size = environment.DISTILL_CACHE_SIZE;
  return size ? { ...USUAL, maxBytes: parseBytes(size, "DISTILL_CACHE_SIZE") } : USUAL;
}

/** The limits of `distill prune`: one that is not given does not count, and without any nothing is kept. Throws USAGE. */
export function limitsFrom(keepCache: string | undefined, olderThan: string | undefined): CacheLimits | undefined {
  if (keepCache === undefined && olderThan === undefined) return undefined;
  return {
    maxBytes: keepCache === undefined ? Number.POSITIVE_INFINITY : parseBytes(keepCache, "--keep-cache"),
    maxAgeMs: olderThan === undefined ? Number.POSITIVE_INFINITY : parseAge(olderThan, "--older-than"),
  };
}

/**
 * What a build ends with; what it has just made stays, name or no name. It has done its work: that the cache cannot be
 * collected is a warning.
 */
export async function collectCache(
  { store, cacheDirectory }: Pick<Workspace, "store" | "cacheDirectory">,
  limits: CacheLimits,
  progress: Progress,
  made: readonly Digest[] = [],
): Promise<void> {
  try {
    await using lease = store.lease("just made");
    for (const digest of made) lease.hold(digest);
    if ((await store.collectCache(limits)) === undefined) return;
    await pruneCacheMounts({ store, cacheDirectory }, { olderThan: limits.maxAgeMs, dryRun: false });
  } catch (error) {
    if (!isDistillError(error)) throw error;
    progress.warn(`what builds no longer need could not be removed: ${error.message}`);
  }
}
