import type { DistillError } from "../../lib/errors.ts";
import type { FeedId, Level } from "../feed.ts";

/** What became of a feed. */
export interface FeedUpdate {
  readonly feed: FeedId;
  readonly outcome: "updated" | "unchanged" | "failed";
  /** Undefined where there is no data of it at all. */
  readonly records: number | undefined;
  /** Why it could not be had; its last state still counts. Also recorded, with its time (StoredFeed). */
  readonly failure: DistillError | undefined;
}

/** A feed as `distill advisories status` tells of it. */
export interface FeedStatus {
  readonly feed: FeedId;
  /** What its answers are worth; null for one that says nothing of versions. */
  readonly level: Level | null;
  readonly records: number;
  /** Milliseconds since the epoch; null where there is no data. */
  readonly checkedAt: number | null;
  readonly dated: string | null;
  /** Where the data came from; where it would be taken from, where there is none. */
  readonly place: string;
  readonly digest: string | null;
  readonly failure: string | null;
  readonly failedAt: number | null;
}
