import type { Level } from "../advisories/feed.ts";
import type { Finding, LevelTotals, ScannedPackage, ScanReport, SeverityCounts } from "./report.ts";

/** What is counted, each level for itself. */
export function totalsOf(packages: readonly ScannedPackage[], findings: readonly Finding[]): ScanReport["totals"] {
  const of = (level: Level): LevelTotals => {
    const own = findings.filter((finding) => finding.level === level);
    return {
      packages: packages.filter((each) => each.level === level).length,
      findings: own.length,
      fixable: own.filter(({ fixed }) => fixed !== undefined).length,
      bySeverity: countBySeverity(own),
    };
  };
  return { full: of("full"), fixesOnly: of("fixes-only"), none: { packages: of("none").packages } };
}

export function countBySeverity(findings: readonly Finding[]): SeverityCounts {
  const counts = { unknown: 0, negligible: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const { rating } of findings) counts[rating.severity]++;
  return counts;
}
