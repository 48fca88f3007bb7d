import type { FeedState, Level } from "../advisories/feed.ts";
import type { Match } from "../advisories/match/verdict.ts";
import { SEVERITIES } from "../advisories/severity/severity.ts";
import type { ExplainedPackage } from "./explained.ts";
import type { MatchedOutcome, ScanKnowledge } from "./match-packages.ts";
import type { Finding, Reasoning, ScannedPackage, ScanReport, ScanSubject } from "./report.ts";
import { totalsOf } from "./totals.ts";

export interface ScanInput {
  readonly subject: ScanSubject;
  /** Each package once, by kind, then name. */
  readonly outcomes: readonly MatchedOutcome[];
  readonly knowledge: ScanKnowledge;
  /** States of feeds that are in no database, as of Debian's archive. */
  readonly further: readonly FeedState[];
  /** Older data is stale; milliseconds. */
  readonly maxAge: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly warnings: readonly string[];
  /** Packages of a document that are not among the outcomes; default 0. */
  readonly leftOut?: number;
}

/** Puts together what was found of each package. Depends on nothing but its input. */
export function scanReport(input: ScanInput): ScanReport {
  const { subject, outcomes, knowledge, warnings, leftOut = 0 } = input;
  const packages = outcomes.map(scannedPackage);
  const findings = outcomes.flatMap((outcome, index) => findingsOf(outcome, index, "yes", knowledge));
  const undecided = outcomes.flatMap((outcome, index) => findingsOf(outcome, index, "unknown", knowledge));
  const levels = new Set(packages.map(({ level }) => level));
  return {
    subject,
    status: levels.has("full") || levels.has("fixes-only") ? "assessed" : "unassessed",
    level: weakest(levels),
    packages,
    findings: findings.toSorted(byWeight),
    suppressed: [],
    undecided: undecided.toSorted(byWeight),
    totals: totalsOf(packages, findings),
    feeds: feedsAsked(input, packages, findings),
    warnings,
    ...(leftOut === 0 ? {} : { leftOut }),
  };
}

/** What the data says of one flaw. Empty where no record of that name is about a package of the image. */
export function explainFlaw(
  id: string,
  outcomes: readonly MatchedOutcome[],
  knowledge: ScanKnowledge,
): readonly ExplainedPackage[] {
  const wanted = id.toUpperCase();
  return outcomes.flatMap((outcome, index) =>
    outcome.matches
      .filter((match) => namesOf(match).some((name) => name.toUpperCase() === wanted))
      .map((match) => ({
        package: scannedPackage(outcome),
        reasoning: reasoningOf(match),
        finding: match.affected === "no" ? undefined : findingOf(match, outcome, index, knowledge),
      })),
  );
}

function namesOf({ id, aliases, verdicts }: Match): readonly string[] {
  return [id, ...aliases, ...verdicts.map(({ entry }) => entry.record.id)];
}

function scannedPackage(outcome: MatchedOutcome): ScannedPackage {
  const { package: of, level, feeds, reason, support, newer } = outcome;
  const { facts, purl, locations, carriedFrom, parts } = of;
  return {
    ...{ purl, type: facts.type, name: facts.name, version: facts.version, source: facts.source },
    ...{ locations, carriedFrom, level, feeds, reason, support, newer, parts },
  };
}

function findingsOf(
  outcome: MatchedOutcome,
  index: number,
  affected: Match["affected"],
  knowledge: ScanKnowledge,
): readonly Finding[] {
  const matches = outcome.matches.filter((match) => match.affected === affected);
  return matches.map((match) => findingOf(match, outcome, index, knowledge));
}

function findingOf(match: Match, { level }: MatchedOutcome, index: number, knowledge: ScanKnowledge): Finding {
  const { id, aliases, rating, summary, link, fixed, state, unimportant } = match;
  const cves = [id, ...aliases].filter((name) => name.startsWith("CVE-"));
  const { advisories } = knowledge;
  return {
    ...{ id, aliases, package: index, rating, summary, link, fixed, state, unimportant },
    // A record can name a version that has no place in any order, and the package stays unassessed.
    level: level === "none" ? "full" : level,
    exploited: firstOf(cves, (cve) => advisories.exploited(cve)),
    likelihood: firstOf(cves, (cve) => advisories.likelihood(cve)),
    reasoning: reasoningOf(match),
  };
}

function firstOf<T>(names: readonly string[], find: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function reasoningOf({ verdicts }: Match): readonly Reasoning[] {
  return verdicts.map(({ entry: { feed, record }, affected, because }) => ({
    ...{ feed, record: record.id, affected, because, link: record.link },
  }));
}

/** By package, what can be fixed first, then the worst, then by id. */
function byWeight(a: Finding, b: Finding): number {
  return (
    a.package - b.package ||
    Number(b.fixed !== undefined) - Number(a.fixed !== undefined) ||
    SEVERITIES.indexOf(b.rating.severity) - SEVERITIES.indexOf(a.rating.severity) ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  );
}

function weakest(levels: ReadonlySet<Level>): Level {
  if (levels.has("fixes-only")) return "fixes-only";
  return levels.has("full") ? "full" : "none";
}

/** The feeds that had a part in the answer, each with its date. */
function feedsAsked(
  { knowledge, further, maxAge, now }: ScanInput,
  packages: readonly ScannedPackage[],
  findings: readonly Finding[],
): ScanReport["feeds"] {
  const asked = new Set(packages.flatMap(({ feeds }) => feeds));
  const isAsked = ({ feed }: FeedState): boolean => {
    if (feed === "debian-support") return packages.some(({ support }) => support !== undefined);
    if (feed === "kev" || feed === "epss") return findings.length > 0;
    return asked.has(feed);
  };
  const states = [...knowledge.advisories.feeds(), ...further].filter(isAsked);
  return states
    .toSorted((a, b) => (a.feed < b.feed ? -1 : 1))
    .map((state) => ({ ...state, stale: now - knownSince(state) > maxAge }));
}

/** Whether it is up to date was asked where it is published. A file was asked of nobody: it is as old as what it holds. */
function knownSince({ place, checkedAt, dated }: FeedState): number {
  const day = dated === undefined || /^https?:/.test(place) ? Number.NaN : Date.parse(dated);
  return Number.isNaN(day) ? checkedAt : Math.min(day, checkedAt);
}
