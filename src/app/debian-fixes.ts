import type { ArchiveAnswer, InstalledSource } from "../advisories/debian-archive/answer.ts";
import type { FeedState } from "../advisories/feed.ts";
import type { Progress } from "../lib/progress.ts";

export interface DebianFixesOptions {
  readonly cacheDirectory: string;
  /** Of the image, as Debian calls it: "amd64". */
  readonly architecture: string;
  /** What is in the cache serves, and nothing else. */
  readonly offline: boolean;
  /** The archive is asked even if that was done, or failed, a short while ago. */
  readonly refresh: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** What Debian's archive says. */
export interface DebianFixes {
  /** Of the archive; undefined where nothing of it was ever had, or nobody asked. */
  readonly state: FeedState | undefined;
  /** By answerKey(); one for each source that was asked about. */
  readonly answers: ReadonlyMap<string, ArchiveAnswer>;
}

export async function debianFixes(
  _sources: readonly InstalledSource[],
  _options: DebianFixesOptions,
): Promise<DebianFixes> {
  return { state: undefined, answers: new Map() };
}
