import type { ImportedFeed } from "../advisories/database/imported.ts";
import type { FeedId } from "../advisories/feed.ts";
import type { FeedStatus, FeedUpdate } from "../advisories/feeds/status.ts";
import { count, formatAge, formatTable } from "./format.ts";
import { printableLine } from "./printable.ts";

const NONE = "-";

/** Nobody fetches it whole. */
const ASKED_BY_SCANS: FeedId = "debian-archive";

/** A line for each feed: what became of it. */
export function describeUpdates(updates: readonly FeedUpdate[]): string {
  return updates.map((update) => `${update.feed}: ${printableLine(outcomeOf(update))}\n`).join("");
}

function outcomeOf({ outcome, records, failure }: FeedUpdate): string {
  const known = records === undefined ? "" : count(records, "record");
  if (outcome !== "failed") return known === "" ? outcome : `${outcome}, ${known}`;
  const left = known === "" ? "there is no data of it" : `what was there before still counts (${known})`;
  return `FAILED: ${failure?.message ?? "unknown"}; ${left}`;
}

/** The feeds as a table, and what is missing or could not be renewed below it. */
export function describeStatus(status: readonly FeedStatus[], now: number): string {
  const heading = ["FEED", "LEVEL", "RECORDS", "CHECKED", "DATED", "FROM"];
  const rows = status.map(({ feed, level, records, checkedAt, dated, place }) => [
    feed,
    level ?? NONE,
    checkedAt === null ? NONE : String(records),
    checkedAt !== null ? formatAge(now - checkedAt) : feed === ASKED_BY_SCANS ? "by scans" : "missing",
    dated?.slice(0, 10) ?? NONE,
    place.split(", ").map(hostOf).join(", "),
  ]);
  const failures = status.flatMap(({ feed, failure, failedAt }) =>
    failure === null ? [] : [`${feed}: failed ${formatAge(now - (failedAt ?? now))}: ${printableLine(failure)}\n`],
  );
  return formatTable(heading, rows, [2]) + (failures.length === 0 ? "" : `\n${failures.join("")}`);
}

/** Whole addresses are for machines (`--format json`), and wider than most terminals. */
function hostOf(place: string): string {
  return /^https?:\/\/([^/]+)/.exec(place)?.[1] ?? place;
}

export function describeImported(feeds: readonly ImportedFeed[]): string {
  const text = ({ outcome, records }: ImportedFeed): string =>
    outcome === "imported"
      ? `imported, ${count(records, "record")}`
      : `kept: what is here is newer (--force takes the file's), ${count(records, "record")}`;
  return feeds.map((each) => `${each.feed}: ${text(each)}\n`).join("");
}
