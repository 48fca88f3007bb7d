import type { Finding, ScannedPackage, ScanReport, Suppressed, VexStatement } from "./report.ts";
import { totalsOf } from "./totals.ts";

/** What somebody has to say of a finding. */
export type Opinion =
  | { readonly kind: "suppress"; readonly suppressed: Omit<Suppressed, "finding"> }
  | { readonly kind: "annotate"; readonly statement: VexStatement };

/** Somebody with opinions on findings: an ignore file, VEX documents. */
export interface Opinions {
  of(finding: Finding, at: ScannedPackage): Opinion | undefined;
  /** What people should know, once all findings were asked about. */
  remarks(): readonly string[];
}

/** The report with what was said of its findings: those that do not count are set aside, and the totals are without them. */
export function setAside(report: ScanReport, sources: readonly Opinions[]): ScanReport {
  if (sources.length === 0) return report;
  const suppressed: Suppressed[] = [...report.suppressed];
  const remaining = (findings: readonly Finding[]): readonly Finding[] =>
    findings.flatMap((finding) => {
      const at = report.packages[finding.package];
      if (at === undefined) return [finding];
      // All are asked, so that each knows what it was needed for.
      const opinions = sources.flatMap((source) => source.of(finding, at) ?? []);
      const against = opinions.find((opinion) => opinion.kind === "suppress");
      if (against !== undefined) {
        suppressed.push({ finding, ...against.suppressed });
        return [];
      }
      const note = opinions.find((opinion) => opinion.kind === "annotate");
      return [note === undefined ? finding : { ...finding, statement: note.statement }];
    });
  const [findings, undecided] = [remaining(report.findings), remaining(report.undecided)];
  return {
    ...report,
    findings,
    undecided,
    suppressed,
    totals: totalsOf(report.packages, findings),
    warnings: [...report.warnings, ...sources.flatMap((source) => source.remarks())],
  };
}

/** All names of a finding, in lower case: its own, its aliases and those of its records. */
export function namesOf({ id, aliases, reasoning }: Finding): ReadonlySet<string> {
  return new Set([id, ...aliases, ...reasoning.map(({ record }) => record)].map((name) => name.toLowerCase()));
}
