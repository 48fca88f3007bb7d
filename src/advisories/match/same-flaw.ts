import type { AdvisoryRecord } from "../advisory.ts";

/** Advisories of distributions: one is about as many flaws as it names. Node.js' numbers are, too. */
const BUNDLE = /^(?:USN|LSN|DSA|DLA|ELA|NODE|NODEJS)-/i;

/** All names of what a record is about, its own first. */
export function namesOf({ id, aliases }: AdvisoryRecord): readonly string[] {
  if (aliases.length === 0) return [id];
  return [...new Set([id, ...aliases])];
}

/**
 * The flaws of a record, each by its names. What stands in `aliases` is one flaw by OSV's definition; an advisory that a
 * distribution publishes once for several CVEs is about each of them, and they are not one for it.
 */
export function flawsOf(record: AdvisoryRecord): readonly (readonly string[])[] {
  const names = namesOf(record);
  if (names.length < 3 || !BUNDLE.test(record.id)) return [names];
  const cves = names.filter(isCve);
  return cves.length > 1 ? cves.map((cve) => [cve]) : [names];
}

export function isCve(name: string): boolean {
  return /^CVE-\d{4}-\d{4,}$/.test(name);
}

/** The names that people know best, best first. */
const KINDS = ["CVE", "GHSA", "PYSEC", "GO", "RUSTSEC", "MAL"];

/** CVEs first, the oldest before; the rest in a fixed order. */
export function bestNamesFirst(names: Iterable<string>): readonly string[] {
  const all = [...names];
  if (all.length === 1) return all;
  return all
    .map((name) => ({ name, rank: rankOf(name), key: sortKey(name) }))
    .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ name }) => name);
}

function rankOf(name: string): number {
  const rank = isCve(name) ? 0 : KINDS.indexOf(/^[A-Z]+(?=-)/.exec(name)?.[0] ?? "", 1);
  return rank < 0 ? KINDS.length : rank;
}

/** `CVE-2024-1234` before `CVE-2024-12345`. */
function sortKey(name: string): string {
  return name.replace(/\d+$/, (digits) => digits.padStart(12, "0"));
}
