import type { Severity } from "../advisories/severity/severity.ts";
import type { Finding, ScanReport } from "../scan/report.ts";
import { type AnnotationKind, annotation } from "./github-annotation.ts";

const KINDS: Readonly<Record<Severity, AnnotationKind>> = {
  ...{ critical: "error", high: "error", medium: "warning" },
  ...{ low: "notice", negligible: "notice", unknown: "notice" },
};

/** What annotations say besides the findings. */
export interface AnnotatedScan {
  readonly report: ScanReport;
  readonly shown: readonly Finding[];
  readonly headline: string;
  readonly stale: string | undefined;
  /** The file whose lines layers speak of. */
  readonly buildFile: string;
}

/** Annotations of a GitHub workflow: the headline, and each finding, beside the line of the build file that brought it where it is known. */
export function scanGithub({ report, shown, headline, stale, buildFile }: AnnotatedScan): string {
  const kind = report.status === "unassessed" ? "error" : "notice";
  return [
    annotation(kind, { title: `distill scan ${report.subject.name}` }, headline),
    ...(stale === undefined ? [] : [annotation("warning", { title: "distill scan" }, stale)]),
    ...shown.map((finding) => findingLine(report, finding, buildFile)),
  ].join("");
}

function findingLine({ packages }: ScanReport, finding: Finding, buildFile: string): string {
  const { id, rating, fixed, summary, exploited, package: number } = finding;
  const at = packages[number];
  const [location] = at?.locations ?? [];
  const line = location?.layer?.line;
  const place = line === undefined ? {} : { file: buildFile, line };
  const fix = fixed === undefined ? "no fix is known" : `fixed in ${fixed}`;
  const known = exploited === undefined ? "" : ", known to be exploited";
  const what = `${at?.name ?? ""} ${at?.version ?? ""} (${rating.severity}, ${fix}${known})`;
  const where = location === undefined ? "" : ` in /${location.path}`;
  return annotation(
    KINDS[rating.severity],
    { ...place, title: id },
    `${what}${where}${summary === "" ? "" : `: ${summary}`}`,
  );
}
