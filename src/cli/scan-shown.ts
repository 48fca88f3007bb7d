import { explainFinding, type ScanOptions, scanImage, scanImageDocument } from "../app/scan-image.ts";
import { sourceDateEpoch } from "../lib/source-date-epoch.ts";
import { filterFindings } from "../scan/filter.ts";
import { type Judgement, judge } from "../scan/gate.ts";
import { headline, staleText } from "../scan/headline.ts";
import type { ScanReport } from "../scan/report.ts";
import { type Opinions, setAside } from "../scan/set-aside.ts";
import { showExplanation } from "../scan/shown-explanation.ts";
import { hiddenText, showScan } from "../scan/shown-scan.ts";
import { vexOpinions } from "../scan/vex.ts";
import { printableLine } from "../ui/printable.ts";
import type { ScanWishes } from "./scan-wishes.ts";
import { VERSION } from "./version.ts";

/** What goes to the standard output and to stderr, and whether a gate was not passed. */
export interface ShownOutcome {
  readonly text: string;
  /** Lines for stderr. */
  readonly notes: readonly string[];
  readonly failed: boolean;
}

/** Columns where the output is no terminal. */
const WIDE = 160;

/** Scans an image and puts what was found into the form that was asked for; `now` in milliseconds. */
export async function scanShown(
  name: string,
  options: ScanOptions,
  wishes: ScanWishes,
  now: number,
): Promise<ShownOutcome> {
  const { format, explain } = wishes;
  if (explain !== undefined) {
    const { scanExplanationText } = await import("../ui/scan-explanation.ts");
    // As CVEs are written; other databases have names in which case counts.
    const id = explain.trim().replace(/^cve-/i, "CVE-");
    const { report, explained } = await explainFinding(name, id, options);
    const shown = showExplanation(id, { report: withOpinions(report, wishes), explained }, now);
    return { text: scanExplanationText(shown), notes: [], failed: false };
  }
  const scanned =
    format === "cyclonedx"
      ? await scanImageDocument(name, VERSION, options)
      : { report: await scanImage(name, options), document: undefined };
  const report = withOpinions(scanned.report, wishes);
  const judgement = judge(report, wishes.gates);
  const text = await textOf(report, scanned.document, judgement, wishes, now);
  return {
    text: text ?? "",
    notes: [
      ...(text === undefined ? ["note: there is nothing to state, and OpenVEX has no empty document\n"] : []),
      ...(format === "table" || format === "markdown"
        ? []
        : spoken(report, filterFindings(report.findings, wishes.filter).hidden)),
      ...judgement.notes.map((note) => `note: ${printableLine(note)}\n`),
      ...judgement.reasons.map((reason) => `failed: ${printableLine(reason)}\n`),
    ],
    failed: judgement.reasons.length > 0,
  };
}

/** What a form for machines says too, for whoever looks on. */
function spoken(report: ScanReport, hidden: number): readonly string[] {
  const stale = staleText(report);
  const notes = [...(stale === undefined ? [] : [stale]), ...(hidden === 0 ? [] : [`note: ${hiddenText(hidden)}`])];
  return [headline(report), ...notes].map((text) => `${printableLine(text)}\n`);
}

function withOpinions(report: ScanReport, { ignored, statements }: ScanWishes): ScanReport {
  const sources: readonly Opinions[] = [
    ...(statements.length === 0 ? [] : [vexOpinions(statements, report.subject)]),
    ...(ignored === undefined ? [] : [ignored]),
  ];
  return setAside(report, sources);
}

/** Undefined where the form has nothing to say. */
async function textOf(
  report: ScanReport,
  document: string | undefined,
  judgement: Judgement,
  { format, filter, by, buildFile }: ScanWishes,
  now: number,
): Promise<string | undefined> {
  const { shown } = filterFindings(report.findings, filter);
  switch (format) {
    case "table": {
      const { scanText } = await import("../ui/scan.ts");
      return scanText(showScan(report, filter, by, now), process.stdout.columns ?? WIDE);
    }
    case "markdown": {
      const { scanMarkdown } = await import("../ui/scan-markdown.ts");
      return scanMarkdown(showScan(report, filter, by, now));
    }
    case "github": {
      const { scanGithub } = await import("../ui/scan-github.ts");
      return scanGithub({ report, shown, headline: headline(report), stale: staleText(report), buildFile });
    }
    case "json": {
      const { scanJson } = await import("../scan/documents/scan-json.ts");
      return scanJson({ report, shown, judgement });
    }
    case "sarif": {
      const { scanSarif } = await import("../scan/documents/sarif.ts");
      return scanSarif(report, shown, VERSION);
    }
    case "cyclonedx": {
      const { scanCycloneDx } = await import("../scan/documents/cyclonedx.ts");
      return scanCycloneDx(report, shown, { document, version: VERSION, time: await timeOf(report) });
    }
    case "openvex": {
      const { scanOpenVex } = await import("../scan/documents/openvex.ts");
      return scanOpenVex(report, shown, VERSION, await timeOf(report));
    }
  }
}

async function timeOf(report: ScanReport): Promise<number> {
  const { timeOfReport } = await import("../scan/documents/report-time.ts");
  return timeOfReport(report, process.env.SOURCE_DATE_EPOCH ? sourceDateEpoch() : undefined);
}
