import type { DebianArchiveName } from "./sources.ts";

const HOUR = 60 * 60 * 1000;

/**
 * When to look, in milliseconds after a release's date: half a day later its own files have been recorded, and those that
 * it replaced are still in the pool, where they stay for about a day. The date itself finds what was replaced by it; the
 * later times are for archives that were recorded late.
 */
const OFFSETS = [12 * HOUR, 0, 36 * HOUR, 7 * 24 * HOUR];

/** Where a file of an archive's pool may still be had. */
export interface PoolPlace {
  readonly archive: DebianArchiveName;
  /** Path of the file below the archive, as in a URL. */
  readonly path: string;
  /** Of the release that listed it; milliseconds since the epoch. */
  readonly date: number;
}

/**
 * Addresses of a pool file in a snapshot archive, likeliest first. Asked for a time, it answers with what it recorded last
 * before that; so times to come are never asked for: their answer would change.
 */
export function snapshotUrls(base: string, { archive, path, date }: PoolPlace, now: number): readonly string[] {
  const times = OFFSETS.map((offset) => Math.min(date + offset, now)).filter((time) => time >= date);
  return [...new Set(times.map(timestamp))].map((time) => `${base}/${archive}/${time}/${path}`);
}

/** "20251123T120000Z". */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}
