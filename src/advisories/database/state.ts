import type { Database } from "../../lib/sqlite.ts";
import type { FeedId, FeedState } from "../feed.ts";
import { feedOf } from "./schema.ts";

/** What a server said of a file, and what it was. */
export interface SeenFile {
  readonly digest: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** A feed as the database has it, also one that there is no data of yet: `checkedAt` is 0 then. */
export interface StoredFeed extends FeedState {
  /** When it could not be renewed, in milliseconds since the epoch; undefined where the last try went well. */
  readonly failedAt: number | undefined;
  /** Places that the user has chosen for it; undefined for its default. */
  readonly places: readonly string[] | undefined;
  /** By the address or path of each file that was read. */
  readonly seen: Readonly<Record<string, SeenFile>>;
}

interface Row {
  readonly feed: string;
  readonly place: string;
  readonly checked_at: number;
  readonly dated: string | null;
  readonly records: number;
  readonly digest: string;
  readonly seen: string;
  readonly failure: string | null;
  readonly failed_at: number | null;
  readonly places: string | null;
}

/** All feeds that the database knows anything of. */
export function readFeeds(database: Database): readonly StoredFeed[] {
  return database.all<Row>("SELECT * FROM feeds ORDER BY feed").flatMap((row) => {
    const feed = feedOf(row.feed);
    return feed === undefined ? [] : [stored(feed, row)];
  });
}

export function hasData(feed: FeedState): boolean {
  return feed.checkedAt > 0;
}

/** What others may know of it: nothing of how servers were asked. */
export function stateOf({ feed, place, checkedAt, dated, records, digest, failure }: StoredFeed): FeedState {
  return { feed, place, checkedAt, dated, records, digest, failure };
}

function stored(feed: FeedId, row: Row): StoredFeed {
  return {
    feed,
    place: row.place,
    checkedAt: row.checked_at,
    dated: row.dated ?? undefined,
    records: row.records,
    digest: row.digest,
    failure: row.failure ?? undefined,
    failedAt: row.failed_at ?? undefined,
    places: row.places === null ? undefined : (JSON.parse(row.places) as readonly string[]),
    seen: JSON.parse(row.seen) as Readonly<Record<string, SeenFile>>,
  };
}
