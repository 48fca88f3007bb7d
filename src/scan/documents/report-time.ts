import type { ScanReport } from "../report.ts";

/**
 * The time that a document about a scan carries, in milliseconds: SOURCE_DATE_EPOCH where it is given, else when the newest of
 * its data was last seen to be up to date, which is what the document holds for. No clock is asked: the same image and the
 * same data give the same bytes.
 */
export function timeOfReport({ feeds }: Pick<ScanReport, "feeds">, epochSeconds: number | undefined): number {
  if (epochSeconds !== undefined) return epochSeconds * 1000;
  return feeds.reduce((newest, { checkedAt }) => Math.max(newest, checkedAt), 0);
}

/** RFC 3339 in seconds; the beginning of 1970 for what is no time. */
export function reportTime(milliseconds: number): string {
  const given = milliseconds >= 0 && milliseconds < Date.UTC(10_000, 0) ? milliseconds : 0;
  return new Date(given).toISOString().replace(/\.\d+Z$/, "Z");
}
