import type { FeedId, Level } from "../advisories/feed.ts";
import type { Severity } from "../advisories/severity/severity.ts";
import type { PackageType } from "../inventory/package.ts";

/** What a scan says of one image: never a number where nobody could look. */
export type Vulnerabilities = UnassessedVulnerabilities | AssessedVulnerabilities;

/** Not one package could be looked at. */
export interface UnassessedVulnerabilities {
  readonly status: "unassessed";
  readonly reason: string;
}

export interface AssessedVulnerabilities {
  readonly status: "assessed";
  /** The weakest among packages that could be looked at. */
  readonly level: "full" | "fixes-only";
  /** How many packages could be looked at how well. */
  readonly packages: { readonly full: number; readonly fixesOnly: number; readonly none: number };
  /** What is known of packages of the level `full`. */
  readonly full: FindingCounts;
  /** Missed fixes of packages of the level `fixes-only`; what is open there, nobody knows. */
  readonly fixesOnly: FindingCounts;
  /** Worst first, then by id. */
  readonly findings: readonly ComparedFinding[];
  /** Packages of which not all is known, by kind and name. */
  readonly weak: readonly WeakPackage[];
  /** What data leaves open; no findings, and not safe. */
  readonly undecided: number;
  /** Findings that an ignore file or VEX took out. */
  readonly suppressed: number;
  readonly feeds: readonly FeedDate[];
}

/** Of packages of one level; never added to another level's. */
export interface FindingCounts {
  readonly findings: number;
  /** Those that have a fixed version. */
  readonly fixable: number;
  /** Those that are known to be exploited (CISA's list). */
  readonly exploited: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
}

/** A flaw of a package, as it is compared. */
export interface ComparedFinding {
  readonly id: string;
  /** Name of the package. */
  readonly package: string;
  readonly kind: PackageType;
  readonly purl: string;
  readonly severity: Severity;
  /** First version without it; null where there is none. */
  readonly fixed: string | null;
  readonly exploited: boolean;
  readonly level: Level;
}

/** A package that could not be looked at in full. */
export interface WeakPackage {
  readonly kind: PackageType;
  readonly name: string;
  readonly version: string;
  readonly level: Exclude<Level, "full">;
  readonly reason: string;
}

/** How old the data is. */
export interface FeedDate {
  readonly feed: FeedId;
  /** The date that it carries itself, RFC 3339; null where it has none. */
  readonly dated: string | null;
  /** When it was last seen to be up to date, RFC 3339. */
  readonly checked: string;
  readonly stale: boolean;
}

/** How many findings an image has at each level, in the words of JSON. */
export type FindingLevel = "full" | "fixesOnly";
