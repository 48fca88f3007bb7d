import type { ImportedFeed } from "../advisories/database/imported.ts";
import type { FeedStatus, FeedUpdate } from "../advisories/feeds/status.ts";
import { count, formatAge, formatTable } from "./format.ts";
import { printableLine } from "./printable.ts";

const NONE = "-";

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
    checkedAt === null ? "missing" : formatAge(now - checkedAt),
    dated?.slice(0, 10) ?? NONE,
    place,
  ]);
  const failures = status.flatMap(({ feed, failure, failedAt }) =>
    failure === null ? [] : [`${feed}: failed ${formatAge(now - (failedAt ?? now))}: ${printableLine(failure)}\n`],
  );
  return formatTable(heading, rows, [2]) + (failures.length === 0 ? "" : `\n${failures.join("")}`);
}

export function describeImported(feeds: readonly ImportedFeed[]): string {
  const text = ({ outcome, records }: ImportedFeed): string =>
    outcome === "imported"
      ? `imported, ${count(records, "record")}`
      : `kept: what is here is newer (--force takes the file's), ${count(records, "record")}`;
  return feeds.map((each) => `${each.feed}: ${text(each)}\n`).join("");
}
