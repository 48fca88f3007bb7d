import type { AdvisoryEntry, AdvisorySource, SupportNote } from "../advisories/advisory.ts";
import { type ArchiveAnswer, answerKey, type InstalledSource } from "../advisories/debian-archive/answer.ts";
import { archiveEntries } from "../advisories/debian-archive/entries.ts";
import type { FeedId, Level } from "../advisories/feed.ts";
import { assess } from "../advisories/match/assess.ts";
import { debianPackage } from "../advisories/match/debian-package.ts";
import { mergeVerdicts } from "../advisories/match/merge.ts";
import type { Assessed, Match, MatchedPackage, Verdict } from "../advisories/match/verdict.ts";
import type { ScanLocation } from "./report.ts";

/** A package to be scanned, and where it lies. */
export interface PackageToScan extends MatchedPackage {
  readonly locations: readonly ScanLocation[];
  readonly carriedFrom: string | undefined;
  /** Package URLs of packages whose records lie in its files. */
  readonly parts: readonly string[];
}

/** What is known of vulnerabilities, by whoever can be asked. */
export interface ScanKnowledge {
  readonly advisories: AdvisorySource;
  /** What Debian's archive says of installed sources, by answerKey(). */
  readonly archive: ReadonlyMap<string, ArchiveAnswer>;
}

/** A package with all that the data says of it, of flaws that it has not as well. */
export interface MatchedOutcome {
  readonly package: PackageToScan;
  readonly level: Level;
  readonly feeds: readonly FeedId[];
  readonly reason: string | undefined;
  readonly support: SupportNote | undefined;
  readonly newer: string | undefined;
  readonly matches: readonly Match[];
}

/** Asks about one package. What no feed knows in full is asked of Debian's archive, where it is Debian's. */
export function matchPackage(of: PackageToScan, { advisories, archive }: ScanKnowledge): MatchedOutcome {
  const assessed = assess(of, advisories);
  const installed = installedSource(of);
  const answer = assessed.level === "none" && installed !== undefined ? archive.get(answerKey(installed)) : undefined;
  const { level, feeds, reason, verdicts } =
    answer === undefined || installed === undefined ? assessed : withArchive(installed, assessed, answer);
  return {
    package: of,
    ...{ level, feeds, reason },
    support: installed === undefined ? undefined : advisories.support(installed.release, installed.name),
    newer: answer?.newer,
    matches: mergeVerdicts(verdicts, advisories, of.facts.type),
  };
}

/** The source package of Debian's that a package was built from; undefined for packages of others. */
export function installedSource(of: MatchedPackage): InstalledSource | undefined {
  const debian = debianPackage(of);
  return debian === undefined ? undefined : { release: debian.codename, name: debian.source, version: debian.version };
}

function withArchive(installed: InstalledSource, assessed: Assessed, answer: ArchiveAnswer): Assessed {
  const { level, unknown } = answer;
  if (level === "none") return unknown === undefined ? assessed : { ...assessed, reason: unknown };
  return {
    level,
    feeds: ["debian-archive"],
    reason: unknown ?? "only Debian's archive could be asked, which does not tell what is still open",
    verdicts: archiveEntries(answer).map((entry) => missedFix(installed, entry, answer)),
  };
}

function missedFix(installed: InstalledSource, entry: AdvisoryEntry, { newer, suite }: ArchiveAnswer): Verdict {
  const { name, version } = installed;
  const fixed = entry.rule.kind === "archive" ? entry.rule.fixed : newer;
  const upTo = fixed === newer ? "" : ` (in ${newer} now)`;
  return {
    entry,
    affected: "yes",
    because: `the changelog of ${name} in ${suite} names ${entry.record.id} as fixed in ${fixed}${upTo}, and ${version} is installed`,
    ...{ version, fixed },
    state: "fixed",
    unimportant: false,
  };
}
