import { join } from "node:path";
import type { AdvisorySource } from "../advisories/advisory.ts";
import type { ImportedFeed } from "../advisories/database/imported.ts";
import { openAdvisories, readFeedStates } from "../advisories/database/source.ts";
import type { StoredFeed } from "../advisories/database/state.ts";
import { FEEDS, type FeedId } from "../advisories/feed.ts";
import type { FeedStatus, FeedUpdate } from "../advisories/feeds/status.ts";
import { distillHome } from "../lib/home.ts";
import type { UpdateFeedsOptions } from "./update-feeds-options.ts";

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
  options: UpdateFeedsOptions = {},
): Promise<readonly FeedUpdate[]> {
  const { renewFeeds } = await import("./renew-feeds.ts");
  const mirror = options.mirror ?? (process.env.DISTILL_ADVISORY_MIRROR || undefined);
  return renewFeeds(advisoriesPath(), feeds, { ...options, mirror });
}

/** What is known of each feed, those included that could not be had yet (`checkedAt` is 0). */
export function feedStates(options: { readonly warn?: (text: string) => void } = {}): readonly StoredFeed[] {
  return readFeedStates(advisoriesPath(), options.warn);
}

/** All feeds that can be renewed here: those that lie in no files of their own only where there is a way, or a place. */
export async function renewableFeeds(): Promise<readonly FeedId[]> {
  const { defaultPlaces, WHOLE_FEEDS } = await import("../advisories/feeds/addresses.ts");
  const { FEED_TAKERS } = await import("./feed-takers.ts");
  const chosen = new Set(feedStates().flatMap(({ feed, places }) => (places === undefined ? [] : [feed])));
  return WHOLE_FEEDS.filter(
    (feed) => defaultPlaces(feed, undefined) !== undefined || FEED_TAKERS[feed] !== undefined || chosen.has(feed),
  );
}

/**
 * Remembers where feeds are to be taken from, each `FEED=PLACE` with an address, a file or a directory; a feed that is
 * named several times is what all its places hold, and `FEED=default` forgets them. USAGE for anything else. Returns the
 * feeds that were named.
 */
export async function chooseSources(texts: readonly string[], signal?: AbortSignal): Promise<readonly FeedId[]> {
  if (texts.length === 0) return [];
  const { parseSources } = await import("../advisories/feeds/sources.ts");
  const { AdvisoryDatabase } = await import("../advisories/database/writer.ts");
  const sources = parseSources(texts);
  using database = await AdvisoryDatabase.open(advisoriesPath(), { signal });
  for (const [feed, places] of sources) await database.choosePlaces(feed, places);
  return [...sources.keys()];
}

/** Writes all advisory data to one file, zstd of lines of JSON: the same data gives the same file. */
export async function exportAdvisories(output: string): Promise<void> {
  const { exportedBytes } = await import("./transfer-advisories.ts");
  const { writeOutput } = await import("../lib/write-output.ts");
  await writeOutput(output, exportedBytes(advisoriesPath()));
}

/**
 * Takes the advisory data of a file that `exportAdvisories` wrote, all of it or nothing; feeds that are newer here stay,
 * unless it is forced.
 */
export async function importAdvisories(
  input: string,
  options: { readonly force: boolean; readonly signal?: AbortSignal; readonly warn?: (text: string) => void },
): Promise<readonly ImportedFeed[]> {
  const { importedFrom } = await import("./transfer-advisories.ts");
  return importedFrom(advisoriesPath(), input, options);
}

/** All feeds, those included that there is no data of. */
export async function advisoryStatus(
  options: { readonly warn?: (text: string) => void } = {},
): Promise<readonly FeedStatus[]> {
  const { defaultPlaces, LEVEL_OF_FEED } = await import("../advisories/feeds/addresses.ts");
  const { placeText } = await import("../advisories/feeds/take-files.ts");
  const mirror = process.env.DISTILL_ADVISORY_MIRROR || undefined;
  const states = new Map(feedStates(options).map((state) => [state.feed, state]));
  return FEEDS.map((feed) => {
    const state = states.get(feed);
    const hasData = state !== undefined && state.checkedAt > 0;
    const places = state?.places ?? defaultPlaces(feed, mirror)?.places;
    return {
      feed,
      level: LEVEL_OF_FEED[feed],
      records: state?.records ?? 0,
      checkedAt: hasData ? state.checkedAt : null,
      dated: state?.dated ?? null,
      place: hasData ? state.place : places === undefined ? "Debian's archive" : placeText(places),
      digest: state?.digest || null,
      failure: state?.failure ?? null,
      failedAt: state?.failedAt ?? null,
    };
  });
}
