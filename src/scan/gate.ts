import { FEED_NAMES } from "../advisories/feed-names.ts";
import { SEVERITIES, type Severity } from "../advisories/severity/severity.ts";
import { DistillError } from "../lib/errors.ts";
import { severityOf } from "./filter.ts";
import { headline, staleText } from "./headline.ts";
import type { Finding, ScanReport } from "./report.ts";
import { amount } from "./words.ts";

/** What makes a scan fail: findings of a kind, and data that is not as it should be. */
export interface Gate {
  /** As it was given. */
  readonly text: string;
  /** The least severity that counts; `any` counts every finding; undefined where findings do not count. */
  readonly severity: Severity | "any" | undefined;
  /** Of findings, those alone that have a fix. */
  readonly fixed: boolean;
  /** Of findings, those alone that are known to be exploited. */
  readonly exploited: boolean;
  /** Data that is older than it may be fails too. */
  readonly stale: boolean;
  /** A package that nobody could look at fails too. */
  readonly unassessed: boolean;
}

/** What gates say of a report. */
export interface Judgement {
  /** Why it failed; empty where it passed. */
  readonly reasons: readonly string[];
  /** What was not counted, and might have been. */
  readonly notes: readonly string[];
}

/** IDs that a reason names. */
const MAX_NAMED = 5;

/**
 * Reads `SEVERITY[,fixed][,kev][,stale][,unassessed]`, in any order. `fixed` and `kev` narrow what counts; `stale` and
 * `unassessed` are reasons of their own, and need no severity. USAGE for anything else.
 */
export function parseGate(text: string): Gate {
  const words = text.split(",").map((word) => word.trim().toLowerCase());
  const conditions = new Set(words.filter((word) => CONDITIONS.has(word)));
  const severities = words.filter((word) => !CONDITIONS.has(word)).map(severityOrAny);
  if (severities.length > 1) {
    throw new DistillError("USAGE", `--fail-on ${JSON.stringify(text.slice(0, 100))} has more than one severity`, {
      hint: "one is enough, as everything worse counts too; or give --fail-on twice",
    });
  }
  const narrowed = conditions.has("fixed") || conditions.has("kev");
  return {
    text,
    severity: severities[0] ?? (narrowed ? "any" : undefined),
    fixed: conditions.has("fixed"),
    exploited: conditions.has("kev"),
    stale: conditions.has("stale"),
    unassessed: conditions.has("unassessed"),
  };
}

/** What each gate has against a report. An image of which nothing could be assessed passes none. */
export function judge(report: ScanReport, gates: readonly Gate[]): Judgement {
  if (gates.length === 0) return { reasons: [], notes: [] };
  const reasons = [
    ...(report.status === "unassessed" ? [headline(report)] : []),
    ...gates.flatMap((gate) => reasonsOfGate(report, gate)),
  ];
  return { reasons: [...new Set(reasons)], notes: [...new Set(gates.flatMap((gate) => notesOfGate(report, gate)))] };
}

const CONDITIONS: ReadonlySet<string> = new Set(["fixed", "kev", "stale", "unassessed"]);

function severityOrAny(word: string): Severity | "any" {
  return word === "any" ? "any" : severityOf(word, "--fail-on", ["any", ...CONDITIONS]);
}

function reasonsOfGate(report: ScanReport, gate: Gate): readonly string[] {
  const counted = report.findings.filter((finding) => isCounted(finding, gate));
  const stale = gate.stale ? staleText(report) : undefined;
  const unassessed =
    gate.unassessed && report.status === "assessed" ? report.totals.none.packages + (report.leftOut ?? 0) : 0;
  const unlisted = gate.exploited ? withoutList(report, gate) : 0;
  const by = `--fail-on ${gate.text}`;
  return [
    ...(counted.length === 0 ? [] : [`${by}: ${kindOf(counted.length, gate)}: ${namesOf(counted)}`]),
    ...(unlisted === 0
      ? []
      : [`${by}: there is no data of ${FEED_NAMES.kev} here, and ${amount(unlisted, "finding")} may be in it`]),
    ...(stale === undefined ? [] : [`${by}: ${stale}`]),
    ...(unassessed === 0 ? [] : [`${by}: ${amount(unassessed, "package")} not assessed`]),
  ];
}

/** Findings of which nobody knows whether they are exploited, as there is no list of what is. */
function withoutList({ feeds, findings }: ScanReport, gate: Gate): number {
  if (feeds.some(({ feed }) => feed === "kev")) return 0;
  return findings.filter((finding) => isCounted(finding, { ...gate, exploited: false })).length;
}

function isCounted(finding: Finding, { severity, fixed, exploited }: Gate): boolean {
  if (severity === undefined || !isOfKind(finding, fixed, exploited)) return false;
  if (severity === "any") return true;
  return !finding.unimportant && rankOf(finding.rating.severity) >= rankOf(severity);
}

function isOfKind(finding: Finding, fixed: boolean, exploited: boolean): boolean {
  return (!fixed || finding.fixed !== undefined) && (!exploited || finding.exploited !== undefined);
}

function notesOfGate({ findings, undecided, suppressed, totals }: ScanReport, gate: Gate): readonly string[] {
  const { severity, fixed, exploited } = gate;
  if (severity === undefined) return [];
  const ofKind = findings.filter((finding) => isOfKind(finding, fixed, exploited) && !isCounted(finding, gate));
  const unrated = ofKind.filter(({ rating, unimportant }) => !unimportant && rating.severity === "unknown").length;
  const unimportant = ofKind.filter(
    (finding) => finding.unimportant && isCounted({ ...finding, unimportant: false }, gate),
  ).length;
  const unseen = fixed ? 0 : totals.fixesOnly.packages;
  return [
    ...(unseen === 0
      ? []
      : [
          `what is still open in ${amount(unseen, "package")} is unknown and not counted: missing fixes alone could be seen`,
        ]),
    ...(unrated === 0 ? [] : [`${has(unrated, "finding")} no severity and ${isNot(unrated)} counted`]),
    ...(unimportant === 0
      ? []
      : [`${amount(unimportant, "finding")} that Debian calls unimportant ${isNot(unimportant)} counted`]),
    ...(undecided.length === 0
      ? []
      : [`${amount(undecided.length, "finding")} that the data leaves open ${isNot(undecided.length)} counted`]),
    ...(suppressed.length === 0
      ? []
      : [
          `${amount(suppressed.length, "finding")} set aside by the ignore file or VEX ${isNot(suppressed.length)} counted`,
        ]),
  ];
}

function kindOf(number: number, { severity, fixed, exploited }: Gate): string {
  const worse = severity === "any" || severity === "critical" ? "" : " or worse";
  const grade = severity === "any" ? "" : ` of severity ${severity}${worse}`;
  const which = [...(fixed ? ["with a fix"] : []), ...(exploited ? ["known to be exploited"] : [])];
  return `${amount(number, "finding")}${grade}${which.length === 0 ? "" : ` ${which.join(" and ")}`}`;
}

function namesOf(findings: readonly Finding[]): string {
  const ids = [...new Set(findings.map(({ id }) => id))];
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : "";
  return `${ids.slice(0, MAX_NAMED).join(", ")}${more}`;
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function has(number: number, noun: string): string {
  return `${amount(number, noun)} ${number === 1 ? "has" : "have"}`;
}

function isNot(number: number): string {
  return number === 1 ? "is not" : "are not";
}
