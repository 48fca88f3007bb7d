import type { Finding, Reasoning, ScannedPackage, ScanReport } from "./report.ts";

/** Why a package has a flaw, or has it not: all that any record of that name says of it. */
export interface ExplainedPackage {
  readonly package: ScannedPackage;
  /** The deciding one first. */
  readonly reasoning: readonly Reasoning[];
  /** Undefined where the package has not the flaw. */
  readonly finding: Finding | undefined;
}

/** A scan, and what it rests on for one name of a flaw. */
export interface ExplainedFinding {
  readonly report: ScanReport;
  /** Packages that a record of that name is about. */
  readonly explained: readonly ExplainedPackage[];
}
