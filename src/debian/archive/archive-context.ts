import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeDirectories } from "../../lib/directories.ts";
import { fromSystemError } from "../../lib/errors.ts";
import type { HttpPolicy } from "../../lib/http/retry.ts";
import { type Progress, silentProgress } from "../../lib/progress.ts";

/** How a caller wants archives to be read; see ArchiveContext for what has no default. */
export interface AccessOptions {
  readonly cacheDirectory: string;
  /** Use what is in the cache and nothing else. */
  readonly offline?: boolean;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly policy?: Partial<HttpPolicy>;
  /** Address of the archive that keeps what Debian's mirrors have no longer (debianSnapshot); default none. */
  readonly snapshot?: string | undefined;
}

/** What everything that reads an archive needs to know. */
export interface ArchiveContext {
  /** Holds releases/, indexes/, debs/ and partial/; belongs to the user, who is trusted not to attack himself. */
  readonly cacheDirectory: string;
  /** The network is never touched. */
  readonly offline: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  readonly policy: Partial<HttpPolicy>;
  /** Where packages are sought that a mirror has no longer. */
  readonly snapshot: string | undefined;
}

export function archiveContext(options: AccessOptions): ArchiveContext {
  return {
    cacheDirectory: options.cacheDirectory,
    offline: options.offline ?? false,
    now: options.now ?? Date.now,
    progress: options.progress ?? silentProgress,
    signal: options.signal,
    policy: options.policy ?? {},
    snapshot: options.snapshot,
  };
}

/** What to do about a mirror that fails. */
export const MIRROR_HINT = "another mirror can be named with DISTILL_DEBIAN_MIRROR and DISTILL_DEBIAN_SECURITY_MIRROR";

/** How something gets into the cache that --offline misses there. */
export const OFFLINE_HINT = "run the same command once without --offline: that fetches and keeps it";

/** Older files there belong to a process that was killed: one that lives writes all the time. In milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** Where files of the cache are written before they get their name; what killed processes left there long ago goes. */
export async function partialDirectory(context: ArchiveContext): Promise<string> {
  const directory = join(context.cacheDirectory, "partial");
  try {
    if (makeDirectories(directory) === undefined) removeAbandoned(directory);
  } catch (error) {
    throw fromSystemError(error, "creating", directory);
  }
  return directory;
}

function removeAbandoned(directory: string): void {
  const limit = Date.now() - ABANDONED_AFTER;
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? limit) < limit) rmSync(path, { force: true });
  }
}
