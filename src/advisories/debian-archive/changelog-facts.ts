import { readChangelog } from "../../debian/changelog/changelog.ts";
import { compareCves } from "../../debian/changelog/fixes.ts";
import { compareVersions } from "../../debian/package/version.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { ArchiveAnswer, ArchiveFix } from "./answer.ts";

/** What a changelog says of all its versions; plain JSON, to be kept. */
export interface ChangelogFacts {
  /** Newest first, as they stand there. */
  readonly entries: readonly ChangelogFact[];
  /** Why there are no more of them: it could not be read any further, or at all. */
  readonly cut?: string;
}

/** A version, whether it went to a security suite (1 or 0), and the CVEs that its entry names. */
export type ChangelogFact = readonly [version: string, security: 0 | 1, ...cves: string[]];

/** Reads a changelog as far as it can be read. */
export async function readChangelogFacts(bytes: AsyncIterable<Uint8Array>): Promise<ChangelogFacts> {
  const entries: ChangelogFact[] = [];
  try {
    for await (const { version, distributions, cves } of readChangelog(bytes)) {
      entries.push([version, distributions.some((each) => each.endsWith("-security")) ? 1 : 0, ...cves]);
    }
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    return { entries, cut: error.message };
  }
  return { entries };
}

/**
 * What was fixed after version `from` and up to `upTo`: what stands between their entries, whatever its versions. A
 * backport (`2-1~deb12u1`) has the entry of what it was made of (`2-1`) below its own, and is the older version. The entry
 * of `from` ends it, or the first one that is older.
 */
export function fixesAfter(
  { entries, cut }: ChangelogFacts,
  from: string,
  upTo: string,
): Pick<ArchiveAnswer, "fixes" | "security" | "unknown"> {
  const newest = entries.findIndex(([version]) => compareVersions(version, upTo) <= 0);
  const same = entries.findIndex(([version]) => version === from);
  const end = same >= 0 ? same : entries.findIndex(([version]) => compareVersions(version, from) < 0);
  const fixed = new Map<string, string>();
  let security = false;
  let carrier = upTo;
  for (const [version, toSecurity, ...cves] of entries.slice(Math.max(newest, 0), end < 0 ? undefined : end)) {
    security ||= toSecurity === 1;
    if (compareVersions(version, carrier) < 0) carrier = version;
    for (const cve of cves) if (!fixed.has(cve)) fixed.set(cve, carrier);
  }
  const fixes = Array.from(fixed, ([cve, version]): ArchiveFix => ({ cve, version }));
  fixes.sort((a, b) => compareCves(a.cve, b.cve));
  return { fixes, security, unknown: same >= 0 ? undefined : gapOf(entries, end >= 0, from, cut) };
}

/** What may be missing where the changelog has not the version that is installed. */
function gapOf(entries: readonly ChangelogFact[], reached: boolean, from: string, cut: string | undefined): string {
  if (reached) return `the changelog does not know the installed version ${from}`;
  if (cut !== undefined) return `the changelog could not be read to its end: ${cut}`;
  return `the changelog goes no further back than ${entries.at(-1)?.[0] ?? "nothing"}`;
}
