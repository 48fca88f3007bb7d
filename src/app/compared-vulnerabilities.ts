import { SEVERITIES, type Severity } from "../advisories/severity/severity.ts";
import type {
  ComparedFinding,
  FeedDate,
  FindingCounts,
  Vulnerabilities,
  WeakPackage,
} from "../compare/vulnerabilities.ts";
import { whyUnassessed } from "../scan/headline.ts";
import type { Finding, LevelTotals, ScanReport } from "../scan/report.ts";

/** What a scan found, as it is compared. */
export function comparedVulnerabilities(report: ScanReport): Vulnerabilities {
  const { totals, level } = report;
  if (report.status === "unassessed" || level === "none")
    return { status: "unassessed", reason: whyUnassessed(report) };
  const exploited = (wanted: Finding["level"]): number =>
    report.findings.filter((finding) => finding.level === wanted && finding.exploited !== undefined).length;
  return {
    status: "assessed",
    level,
    packages: { full: totals.full.packages, fixesOnly: totals.fixesOnly.packages, none: totals.none.packages },
    full: countsOf(totals.full, exploited("full")),
    fixesOnly: countsOf(totals.fixesOnly, exploited("fixes-only")),
    findings: report.findings.flatMap((finding) => comparedFinding(finding, report)).sort(worstFirst),
    weak: weakPackages(report),
    undecided: report.undecided.length,
    suppressed: report.suppressed.length,
    feeds: report.feeds.map(
      ({ feed, dated, checkedAt, stale }): FeedDate => ({
        ...{ feed, dated: dated ?? null, checked: new Date(checkedAt).toISOString(), stale },
      }),
    ),
  };
}

function countsOf({ findings, fixable, bySeverity }: LevelTotals, exploited: number): FindingCounts {
  return { findings, fixable, exploited, bySeverity };
}

function comparedFinding(finding: Finding, { packages }: ScanReport): readonly ComparedFinding[] {
  const found = packages[finding.package];
  if (found === undefined) return [];
  const { id, rating, fixed, exploited, level } = finding;
  return [
    {
      ...{ id, package: found.name, kind: found.type, purl: found.purl, severity: rating.severity },
      ...{ fixed: fixed ?? null, exploited: exploited !== undefined, level },
    },
  ];
}

const RANKS: ReadonlyMap<Severity, number> = new Map(SEVERITIES.map((severity, rank) => [severity, rank]));

/** By code units, so that no locale has a say. */
function worstFirst(a: ComparedFinding, b: ComparedFinding): number {
  const rank = ({ severity }: ComparedFinding): number => RANKS.get(severity) ?? 0;
  const text = ({ id, purl }: ComparedFinding): string => `${id} ${purl}`;
  return rank(b) - rank(a) || (text(a) < text(b) ? -1 : 1);
}

function weakPackages({ packages }: ScanReport): readonly WeakPackage[] {
  return packages.flatMap(({ type, name, version, level, reason }) =>
    level === "full" ? [] : [{ kind: type, name, version, level, reason: reason ?? "" }],
  );
}
