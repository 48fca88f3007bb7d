import { compareDigits, compareText, isDigits, MAX_VERSION_LENGTH } from "./digits.ts";

/** A version of Semantic Versioning 2.0.0. Build metadata is left out: it has no part in the order (section 10). */
export interface Semver {
  /** Digits; what is missing behind them counts as 0. */
  readonly release: readonly string[];
  readonly prerelease: readonly string[];
}

const VERSION = /^[v=]?(?<release>[0-9]+(?:\.[0-9]+)*)(?:-(?<prerelease>[^+]*))?(?:\+(?<build>.*))?$/;
const IDENTIFIERS = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;

/**
 * Reads more than section 2 allows, because advisories and packages have it: a `v` or `=` in front, numbers with leading
 * zeros, and more or fewer of them than three.
 */
export function parseSemver(text: string): Semver | undefined {
  if (text.length > MAX_VERSION_LENGTH) return undefined;
  const parts = VERSION.exec(text.trim())?.groups;
  if (parts === undefined) return undefined;
  const { release = "", prerelease, build } = parts;
  if ([prerelease, build].some((each) => each !== undefined && !IDENTIFIERS.test(each))) return undefined;
  return { release: release.split("."), prerelease: prerelease?.split(".") ?? [] };
}

/** Precedence (section 11): negative, 0 or positive. */
export function compareSemver(a: Semver, b: Semver): number {
  for (let index = 0; index < Math.max(a.release.length, b.release.length); index++) {
    const difference = compareDigits(a.release[index] ?? "", b.release[index] ?? "");
    if (difference !== 0) return difference;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (const [index, left] of a.prerelease.entries()) {
    const right = b.prerelease[index];
    if (right === undefined) return 1;
    const difference = compareIdentifiers(left, right);
    if (difference !== 0) return difference;
  }
  return a.prerelease.length - b.prerelease.length;
}

/** Numbers by value and below words, words by ASCII. */
function compareIdentifiers(a: string, b: string): number {
  if (isDigits(a) !== isDigits(b)) return isDigits(a) ? -1 : 1;
  return isDigits(a) ? compareDigits(a, b) : compareText(a, b);
}
