import type { AdvisoryRecord, DebianRule, OsvRule, SeverityClaim } from "../../src/advisories/advisory.ts";
import type { FeedId } from "../../src/advisories/feed.ts";
import type { FeedItem } from "../../src/advisories/feeds/item.ts";
import { assess } from "../../src/advisories/match/assess.ts";
import { mergeVerdicts } from "../../src/advisories/match/merge.ts";
import type { Assessed, Match, MatchedPackage } from "../../src/advisories/match/verdict.ts";
import type { OsvEvent } from "../../src/advisories/osv/affects.ts";
import { storedName } from "../../src/advisories/stored-name.ts";
import type { PackageFacts, PackageType, SourcePackage } from "../../src/inventory/package.ts";
import { packageUrl } from "../../src/inventory/purl.ts";
import { advisoriesOf } from "./advisories.ts";

/** What feeds say, and what it must come to for one installed package. */
export interface MatchingRow {
  /** The rule, in a few words. */
  readonly rule: string;
  /** The document, or the report of a scanner's error, that states it. */
  readonly source: string;
  readonly installed: MatchedPackage;
  readonly feeds: Feeds;
  readonly level: Assessed["level"];
  /** By id: "yes, fixed in 1.2", "yes, not-fixed", "no", "unknown". These, and no others. */
  readonly matches: Readonly<Record<string, string>>;
  /** "high by GHSA, 7.5", of the only match. */
  readonly rating?: string;
  /** What the level's reason has to say. */
  readonly reason?: RegExp;
  /** What the first verdict of the only match has to say. */
  readonly because?: RegExp;
  readonly aliases?: readonly string[];
}

export type Feeds = Readonly<Partial<Record<FeedId, readonly FeedItem[]>>>;

/** What the row's feeds come to. */
export function outcomeOf({ installed, feeds }: Pick<MatchingRow, "installed" | "feeds">): {
  readonly assessed: Assessed;
  readonly matches: readonly Match[];
} {
  const source = advisoriesOf(feeds);
  const assessed = assess(installed, source);
  return { assessed, matches: mergeVerdicts(assessed.verdicts, source, installed.facts.type) };
}

/** A match in a few words. */
export function wordsOf({ affected, fixed, state, unimportant }: Match): string {
  const fix = fixed === undefined ? state : `${state} in ${fixed}`;
  return affected === "yes" ? `yes, ${fix}${unimportant ? ", unimportant" : ""}` : affected;
}

export function ratingOf({ rating: { severity, source, score } }: Match): string {
  return `${severity} by ${source ?? "nobody"}${score === undefined ? "" : `, ${score}`}`;
}

/** A package as an inventory has it; `system` as `debian-13`. */
export function installed(
  type: PackageType,
  name: string,
  version: string,
  { system = "", source }: { readonly system?: string; readonly source?: SourcePackage } = {},
): MatchedPackage {
  const facts: PackageFacts = { type, name, version, architecture: "", source, licenses: [], dependencies: [] };
  const [, id = "", versionID = ""] = /^([a-z_]+)-?(.*)$/.exec(system) ?? [];
  return { facts, purl: packageUrl(facts, id === "" ? undefined : { id, versionID }) };
}

/** Says no more than what it is called. */
export function record(id: string, more: Partial<AdvisoryRecord> = {}): AdvisoryRecord {
  return {
    ...{ id, aliases: [], summary: "", severities: [], link: undefined },
    ...{ published: undefined, modified: undefined, withdrawn: undefined },
    ...more,
  };
}

/** Events in short: `>=1.0` introduced, `<1.2` fixed, `<=1.1` last affected, `limit 2.0`. */
export function events(text: string): readonly OsvEvent[] {
  return text.split(/,? +(?=[<>l])/).map((each): OsvEvent => {
    const [, sign = "", version = ""] = /^(>=|<=|<|limit )(.*)$/.exec(each) ?? [];
    if (sign === ">=") return { introduced: version };
    if (sign === "<=") return { last_affected: version };
    return sign === "<" ? { fixed: version } : { limit: version };
  });
}

/** An OSV record about one package: `ranges` in short, one text each. */
export function osv(
  ecosystem: string,
  name: string,
  id: string,
  rule: {
    readonly ranges?: readonly string[];
    readonly versions?: readonly string[];
    readonly severities?: readonly SeverityClaim[];
  },
  more: Partial<AdvisoryRecord> = {},
): FeedItem {
  const { ranges, versions, severities } = rule;
  const osvRule: OsvRule = {
    kind: "osv",
    ...(versions === undefined ? {} : { versions }),
    ...(ranges === undefined ? {} : { ranges: ranges.map((each) => ({ type: "ECOSYSTEM", events: events(each) })) }),
    ...(severities === undefined ? {} : { severities }),
  };
  return { kind: "entry", ecosystem, name: storedName(ecosystem, name), record: record(id, more), rule: osvRule };
}

/** A state of Debian's tracker: open, without urgency, unless it is said otherwise. */
export function tracker(codename: string, name: string, id: string, rule: Partial<DebianRule> = {}): FeedItem {
  const full: DebianRule = { kind: "debian", status: "open", fixed: undefined, urgency: "not yet assigned", ...rule };
  return { kind: "entry", ecosystem: `debian:${codename}`, name, record: record(id), rule: full };
}

/** Debian's archive has a newer version of `name` whose changelog names the CVE. */
export function archive(codename: string, name: string, id: string, fixed: string): FeedItem {
  const rule = { kind: "archive", fixed, suite: `${codename}-security` } as const;
  return { kind: "entry", ecosystem: `debian:${codename}`, name, record: record(id), rule };
}

export function secdb(branch: string, name: string, id: string, fixed: string): FeedItem {
  return { kind: "entry", ecosystem: `secdb:${branch}`, name, record: record(id), rule: { kind: "secdb", fixed } };
}

export function node(id: string, vulnerable: string, patched: string, more: Partial<AdvisoryRecord> = {}): FeedItem {
  return {
    kind: "entry",
    ecosystem: "node",
    name: "node",
    record: record(id, more),
    rule: { kind: "node", vulnerable, patched },
  };
}

/** A feed covers this, and says nothing of it. */
export function covers(ecosystem: string): FeedItem {
  return { kind: "ecosystem", ecosystem };
}
