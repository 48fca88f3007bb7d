import { compareVersions } from "../package/version.ts";
import { readChangelog } from "./changelog.ts";

/** What a changelog says was fixed from one version to a later one. */
export interface Fixes {
  /** Versions in between, the later one included. */
  readonly entries: number;
  /** Sorted, each once. */
  readonly cves: readonly string[];
  /** Numbers of closed bugs, ascending, each once. */
  readonly closes: readonly number[];
  /** Whether one of the versions went to a security suite. */
  readonly security: boolean;
}

/**
 * What the entries of a changelog after version `after` and up to `upTo`, both of the source package, say was fixed. Reads
 * no further than it must; fails as readChangelog does.
 */
export async function fixesBetween(bytes: AsyncIterable<Uint8Array>, after: string, upTo: string): Promise<Fixes> {
  const cves = new Set<string>();
  const closes = new Set<number>();
  let [entries, security, reached] = [0, false, false];
  for await (const entry of readChangelog(bytes)) {
    if (compareVersions(entry.version, after) <= 0) break;
    // Below its own entry a backport (2-1~deb12u1) has that of what it was made of (2-1), a newer version.
    reached ||= compareVersions(entry.version, upTo) <= 0;
    if (!reached) continue;
    entries++;
    security ||= entry.distributions.some((each) => each.endsWith("-security"));
    for (const cve of entry.cves) cves.add(cve);
    for (const bug of entry.closes) closes.add(bug);
  }
  return { entries, cves: [...cves].sort(compareCves), closes: [...closes].sort((a, b) => a - b), security };
}

/** By year, then by number. */
export function compareCves(a: string, b: string): number {
  const [[, yearA, numberA], [, yearB, numberB]] = [a.split("-"), b.split("-")] as [string[], string[]];
  return Number(yearA) - Number(yearB) || Number(numberA) - Number(numberB) || (a < b ? -1 : 1);
}
