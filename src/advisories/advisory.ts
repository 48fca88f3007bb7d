import type { FeedId, FeedState } from "./feed.ts";
import type { AffectedVersions } from "./osv/affects.ts";

/** What a feed says of one vulnerability, whatever package it is about; plain JSON. */
export interface AdvisoryRecord {
  /** As the feed calls it: `PYSEC-2023-221`, `DEBIAN-CVE-2024-1`, `CVE-2024-1`. */
  readonly id: string;
  /** Other names of the same flaw: `aliases`, and `upstream` where the id is a distribution's. Never `related`. */
  readonly aliases: readonly string[];
  /** One line of at most 300 characters; "" where the feed has none. */
  readonly summary: string;
  /** As the feed has them, for all packages of the record. */
  readonly severities: readonly SeverityClaim[];
  /** RFC 3339, as the feed has it. */
  readonly published: string | undefined;
  readonly modified: string | undefined;
  /** Set where the record was taken back: it says nothing any more. */
  readonly withdrawn: string | undefined;
  /** An address where people read about it. */
  readonly link: string | undefined;
}

/** What somebody says of how bad a flaw is. */
export interface SeverityClaim {
  /** Who says so: a database ("GHSA", "PYSEC", "Go", "NVD", "Node.js") or a distribution ("Debian", "Ubuntu"). */
  readonly source: string;
  /** `label` holds a word of the source's own. */
  readonly type: "CVSS_V2" | "CVSS_V3" | "CVSS_V4" | "label";
  /** A vector, or the word. */
  readonly value: string;
}

/** What decides whether a version has the flaw; plain JSON. */
export type AdvisoryRule =
  | OsvRule
  | DebianRule
  /** Alpine's secdb: fixed in `fixed`; "0" never had it. */
  | { readonly kind: "secdb"; readonly fixed: string }
  /** Debian's archive has a newer version in `suite` whose changelog names the CVE: it is fixed there. */
  | { readonly kind: "archive"; readonly fixed: string; readonly suite: string }
  /** Node.js' index of its own: ranges as npm's semver writes them. */
  | { readonly kind: "node"; readonly vulnerable: string; readonly patched: string };

export interface OsvRule extends AffectedVersions {
  readonly kind: "osv";
  /** Of this package alone: before those of the record. */
  readonly severities?: readonly SeverityClaim[];
}

/** A state of Debian's security tracker, of one source package in one release. */
export interface DebianRule {
  readonly kind: "debian";
  readonly status: "open" | "resolved" | "undetermined";
  /** "0": was never affected. */
  readonly fixed: string | undefined;
  /** As it stands there: `unimportant`, `low**`, `not yet assigned`, `end-of-life`. */
  readonly urgency: string;
  /** Why there will be no advisory, where that was said: "Minor issue". */
  readonly nodsa?: string;
  /** `ignored` or `postponed`. */
  readonly nodsaReason?: string;
}

/** One record about one package. */
export interface AdvisoryEntry {
  readonly feed: FeedId;
  readonly record: AdvisoryRecord;
  readonly rule: AdvisoryRule;
}

/** CISA's list of vulnerabilities that are known to be exploited. */
export interface KnownExploited {
  /** Day, as `2026-01-27`. */
  readonly added: string;
  readonly due: string | undefined;
  readonly ransomware: boolean;
}

/** FIRST's estimate that a flaw is exploited within 30 days; both from 0 to 1. */
export interface ExploitLikelihood {
  readonly score: number;
  readonly percentile: number;
}

/** What Debian says of the security support of a source package in a release (debian-security-support). */
export interface SupportNote {
  readonly kind: "ended" | "limited";
  /** Day of the end, where it is given. */
  readonly since: string | undefined;
  readonly text: string;
}

/**
 * Advisory data, asked by package. Names of ecosystems are OSV's (`PyPI`, `npm`, `Go`, `crates.io`, `Maven`, `RubyGems`,
 * `Alpine:v3.20`, `Ubuntu:22.04:LTS`, `Ubuntu:Pro:22.04:LTS`), `debian:CODENAME` for the tracker, `secdb:v3.20` for
 * Alpine's own, `node` for the runtime.
 * Names of packages are normalised as storedName() does it.
 */
export interface AdvisorySource {
  /** Of all feeds that there is data of. */
  feeds(): readonly FeedState[];
  /** Ecosystems that a feed has data of; a release that is not among them was never looked at. */
  ecosystems(feed: FeedId): ReadonlySet<string>;
  /** All entries about a package, those of withdrawn records too. */
  about(ecosystem: string, name: string): readonly AdvisoryEntry[];
  /** What all records of all feeds say of how bad a CVE is. */
  severitiesOf(cve: string): readonly SeverityClaim[];
  exploited(cve: string): KnownExploited | undefined;
  likelihood(cve: string): ExploitLikelihood | undefined;
  /** `release` is Debian's codename. What is said of the first of supportNames() of which anything is said. */
  support(release: string, source: string): SupportNote | undefined;
}
