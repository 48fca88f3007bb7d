import { documentText } from "../../inventory/documents/document-text.ts";
import type { Judgement } from "../gate.ts";
import { headline } from "../headline.ts";
import type { Finding, Reasoning, ScanLayer, ScannedPackage, ScanReport, Suppressed, VexStatement } from "../report.ts";
import type { ScanDocument } from "./scan-json-schema.ts";

type JsonFinding = ScanDocument["findings"][number];
type JsonStatement = NonNullable<JsonFinding["statement"]>;

/** What of a report is told, and what was made of it. */
export interface ToldScan {
  readonly report: ScanReport;
  /** Those of the findings that were asked for. */
  readonly shown: readonly Finding[];
  readonly judgement: Judgement;
}

/** A scan as JSON of docs/scan.schema.json. */
export function scanJson(told: ToldScan): string {
  return documentText(scanObject(told));
}

/** As scanJson, as a value. What is not known is null. */
export function scanObject({ report, shown, judgement }: ToldScan): ScanDocument {
  const { subject, status, level, packages, findings, suppressed, undecided, totals, feeds, warnings } = report;
  return {
    version: 1,
    headline: headline(report),
    subject: {
      name: subject.name,
      imageID: subject.imageID ?? null,
      manifestDigest: subject.manifestDigest ?? null,
      platform: subject.platform ?? null,
      system: subject.system ?? null,
    },
    status,
    level,
    totals: {
      full: { ...totals.full, bySeverity: { ...totals.full.bySeverity } },
      fixesOnly: { ...totals.fixesOnly, bySeverity: { ...totals.fixesOnly.bySeverity } },
      none: { packages: totals.none.packages },
    },
    gate: { passed: judgement.reasons.length === 0, reasons: [...judgement.reasons], notes: [...judgement.notes] },
    packages: packages.map(packageObject),
    findings: shown.map((finding) => findingObject(report, finding)),
    hidden: findings.length - shown.length,
    undecided: undecided.map((finding) => findingObject(report, finding)),
    suppressed: suppressed.map((each) => suppressedObject(report, each)),
    feeds: feeds.map(({ feed, place, checkedAt, dated, records, digest, failure, stale }) => ({
      ...{ feed, place, records, digest, stale },
      checkedAt: timeText(checkedAt),
      dated: dated ?? null,
      failure: failure ?? null,
    })),
    warnings: [...warnings],
  };
}

function packageObject(of: ScannedPackage): ScanDocument["packages"][number] {
  const { purl, type, name, version, level } = of;
  return {
    ...{ purl, type, name, version, level },
    source: of.source === undefined ? null : { ...of.source },
    locations: of.locations.map(({ path, inside, layer }) => ({
      path: `/${path}`,
      inside: inside ?? null,
      layer: layer === undefined ? null : layerObject(layer),
    })),
    carriedFrom: of.carriedFrom ?? null,
    feeds: [...of.feeds],
    reason: of.reason ?? null,
    support: of.support === undefined ? null : { ...of.support, since: of.support.since ?? null },
    newer: of.newer ?? null,
    parts: [...of.parts],
  };
}

function layerObject({ number, diffID, instruction, stage, line }: ScanLayer) {
  return { number: number ?? null, diffID: diffID ?? null, instruction, stage: stage ?? null, line: line ?? null };
}

function findingObject({ packages }: ScanReport, finding: Finding): JsonFinding {
  const { id, aliases, level, rating, summary, state, unimportant, reasoning, package: number } = finding;
  return {
    ...{ id, aliases: [...aliases], package: number, purl: packages[number]?.purl ?? "", level, summary },
    severity: rating.severity,
    rating: { source: rating.source ?? null, vector: rating.vector ?? null, score: rating.score ?? null },
    ...{ fixed: finding.fixed ?? null, state, unimportant, link: finding.link ?? null },
    exploited: finding.exploited === undefined ? null : { ...finding.exploited, due: finding.exploited.due ?? null },
    likelihood: finding.likelihood === undefined ? null : { ...finding.likelihood },
    reasoning: reasoning.map(reasoningObject),
    statement: finding.statement === undefined ? null : statementObject(finding.statement),
  };
}

function reasoningObject({ feed, record, affected, because, link }: Reasoning) {
  return { feed, record, affected, because, link: link ?? null };
}

function statementObject({ status, justification, text, where }: VexStatement): JsonStatement {
  return { status, justification: justification ?? null, text, where };
}

function suppressedObject(report: ScanReport, { finding, by, where, reason, until, statement }: Suppressed) {
  return {
    ...{ by, where, reason, until: until ?? null },
    statement: statement === undefined ? null : statementObject(statement),
    finding: findingObject(report, finding),
  };
}

function timeText(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
