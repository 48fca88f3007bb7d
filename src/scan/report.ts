import type { ExploitLikelihood, KnownExploited, SupportNote } from "../advisories/advisory.ts";
import type { FeedId, FeedState, Level } from "../advisories/feed.ts";
import type { FixState } from "../advisories/match/verdict.ts";
import type { Rating, Severity } from "../advisories/severity/severity.ts";
import type { PackageType } from "../inventory/package.ts";
import type { Digest } from "../lib/digest.ts";

/** What was scanned. */
export interface ScanSubject {
  /** As the user called it. */
  readonly name: string;
  /** Undefined of an SBOM that does not say. */
  readonly imageID: string | undefined;
  readonly manifestDigest: string | undefined;
  /** `linux/amd64` */
  readonly platform: string | undefined;
  /** What the system calls itself: "Debian GNU/Linux 13 (trixie)". */
  readonly system: string | undefined;
}

/** Where a package lies. */
export interface ScanLocation {
  /** From the root, without a slash in front. */
  readonly path: string;
  /** The path inside of it, for what lies in an archive. */
  readonly inside: string | undefined;
  readonly layer: ScanLayer | undefined;
}

/** The layer that a package came with. */
export interface ScanLayer {
  /** From 1, lowest first; undefined where only the diffID is known (an SBOM). */
  readonly number: number | undefined;
  readonly diffID: Digest | string | undefined;
  /** The instruction that made it; "" where nothing is known. */
  readonly instruction: string;
  readonly stage: string | undefined;
  /** From 1, in the build file. */
  readonly line: number | undefined;
}

/** A package and how well it could be looked at. */
export interface ScannedPackage {
  readonly purl: string;
  readonly type: PackageType;
  readonly name: string;
  readonly version: string;
  /** What is compared for packages of a system: name and version of the source. */
  readonly source: { readonly name: string; readonly version: string } | undefined;
  readonly locations: readonly ScanLocation[];
  /** "stage build", where a step took it from elsewhere. */
  readonly carriedFrom: string | undefined;
  readonly level: Level;
  readonly feeds: readonly FeedId[];
  /** Why the level is not `full`. */
  readonly reason: string | undefined;
  readonly support: SupportNote | undefined;
  /** For `fixes-only`: a newer version is there, whatever it fixes. */
  readonly newer: string | undefined;
  /** Package URLs of packages whose records lie in its files (a Debian package's own dist-info): assessed with it. */
  readonly parts: readonly string[];
}

/** One record's say, in words. */
export interface Reasoning {
  readonly feed: FeedId;
  readonly record: string;
  readonly affected: "yes" | "no" | "unknown";
  readonly because: string;
  readonly link: string | undefined;
}

/** A flaw of one package. */
export interface Finding {
  readonly id: string;
  readonly aliases: readonly string[];
  /** Number of the package in `packages`. */
  readonly package: number;
  /** Of the package; `full` of one that could not be assessed, and whose very version a record names. */
  readonly level: Exclude<Level, "none">;
  readonly rating: Rating;
  readonly summary: string;
  readonly link: string | undefined;
  /** First version without the flaw; that of the source package for packages of a system. */
  readonly fixed: string | undefined;
  readonly state: FixState;
  /** Debian's `unimportant`. */
  readonly unimportant: boolean;
  readonly exploited: KnownExploited | undefined;
  readonly likelihood: ExploitLikelihood | undefined;
  /** The deciding one first. */
  readonly reasoning: readonly Reasoning[];
  /** What VEX documents say of it that does not make it go away. */
  readonly statement?: VexStatement;
}

/** What a VEX document says of a finding. */
export interface VexStatement {
  readonly status: "not_affected" | "affected" | "fixed" | "under_investigation";
  /** Of OpenVEX' list of justifications. */
  readonly justification: string | undefined;
  /** What it says besides, in its own words; "" where that is nothing. */
  readonly text: string;
  /** File and number of the statement, from 1. */
  readonly where: string;
}

/** A finding that does not count, and who says so. */
export interface Suppressed {
  readonly finding: Finding;
  readonly by: "ignore-file" | "vex";
  /** File and line or statement. */
  readonly where: string;
  readonly reason: string;
  /** Day until which that holds. */
  readonly until: string | undefined;
  /** Set where a VEX document says so. */
  readonly statement?: VexStatement;
}

export type SeverityCounts = Readonly<Record<Severity, number>>;

/** What is counted of the packages of one level; never added to another level's. */
export interface LevelTotals {
  readonly packages: number;
  readonly findings: number;
  /** Findings that have a fixed version. */
  readonly fixable: number;
  readonly bySeverity: SeverityCounts;
}

/** What a scan found. */
export interface ScanReport {
  readonly subject: ScanSubject;
  /** `unassessed`: not one package could be looked at. */
  readonly status: "assessed" | "unassessed";
  /**
   * The weakest level among packages that could be looked at, of which the headline must speak; `none` where there is none
   * of them. Packages of level `none` beside others are counted in `totals.none`.
   */
  readonly level: Level;
  readonly packages: readonly ScannedPackage[];
  /** By package, fixable first, worst first. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  /** What the data leaves open: Debian's `undetermined`, versions without a place. No findings, and not safe. */
  readonly undecided: readonly Finding[];
  readonly totals: {
    readonly full: LevelTotals;
    readonly fixesOnly: LevelTotals;
    readonly none: Pick<LevelTotals, "packages">;
  };
  /** Those that were asked. */
  readonly feeds: readonly (FeedState & { readonly stale: boolean })[];
  readonly warnings: readonly string[];
  /** Packages of an SBOM that are not among `packages`, as it does not say what they are in a way that is known. */
  readonly leftOut?: number;
}
