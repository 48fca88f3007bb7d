import type { Severity } from "../advisories/severity/severity.ts";
import type { Comparison } from "../compare/compare.ts";
import type {
  AssessedVulnerabilities,
  ComparedFinding,
  FindingLevel,
  Vulnerabilities,
} from "../compare/vulnerabilities.ts";
import type { LevelChange } from "../compare/vulnerability-changes.ts";
import { fitWidth } from "../lib/display-width.ts";
import { count } from "./format.ts";
import { printableLine } from "./printable.ts";
import type { ReportSection } from "./report.ts";

const MAX_FINDINGS = 20;
const MAX_REASONS = 6;
const ID_WIDTH = 20;
const VERSION_WIDTH = 24;

/** What a number of findings of one level is called. */
export const LEVEL_NOUNS: Readonly<Record<FindingLevel, string>> = {
  full: "known vulnerabilities",
  fixesOnly: "missed fixes",
};

const LEVELS = ["full", "fixesOnly"] as const satisfies readonly FindingLevel[];

/** From the worst to the least; these are rows only where there are such findings. */
const GRADES: readonly Severity[] = ["critical", "high", "medium", "low", "negligible", "unknown"];

/** Who could be asked about packages of which only missed fixes are known, by their kind. */
const FIX_SOURCES: ReadonlyMap<string, string> = new Map([
  ["deb", "Debian's archive"],
  ["apk", "Alpine's list of fixes"],
]);

/** Rows of the table: for each level its findings, by severity; what stays open; and how many packages that is about. */
export function findingRows({ a, b, difference }: Comparison): readonly (readonly string[])[] {
  const sides = [a.vulnerabilities, b.vulnerabilities] as const;
  if (sides.every(({ status }) => status === "unassessed")) return [];
  const looked = (level: FindingLevel): boolean => sides.some((side) => lookedAt(side, level));
  const { vulnerabilities: changes } = difference;
  return [
    ["packages looked at", ...sides.map(lookedCell), ""],
    ...LEVELS.filter(looked).flatMap((level) => levelRows(LEVEL_NOUNS[level], changes[level], sides)),
    ...(looked("fixesOnly") ? [["open flaws", ...sides.map(openCell), ""]] : []),
  ];
}

function levelRows(
  noun: string,
  change: LevelChange,
  sides: readonly Vulnerabilities[],
): readonly (readonly string[])[] {
  const cells = ({ a, b, change: difference }: LevelChange["fixable"]): readonly string[] => [
    ...[a, b].map((number, side) => (number === null ? absentCell(sides[side]) : String(number))),
    difference === null ? "" : signed(difference),
  ];
  const grades = GRADES.filter((grade) => (change.bySeverity[grade].a ?? 0) + (change.bySeverity[grade].b ?? 0) > 0);
  return [
    [noun, ...cells(change)],
    ...grades.map((grade) => [`  ${gradeLabel(grade)}`, ...cells(change.bySeverity[grade])]),
  ];
}

function gradeLabel(grade: Severity): string {
  return grade === "unknown" ? "severity unknown" : grade;
}

/** No number where there is no package of that level. */
function absentCell(side: Vulnerabilities | undefined): string {
  return side?.status === "unassessed" ? "unassessed" : "-";
}

function lookedCell(side: Vulnerabilities): string {
  if (side.status === "unassessed") return "none";
  const { full, fixesOnly, none } = side.packages;
  return `${full + fixesOnly} of ${full + fixesOnly + none}`;
}

function openCell(side: Vulnerabilities): string {
  if (side.status === "unassessed") return "unassessed";
  return side.packages.fixesOnly > 0 ? "unknown" : "-";
}

/** What has to be known beside the numbers: why nobody could look, what cannot be compared, how old the data is. */
export function findingNotes({ a, b, difference }: Comparison): readonly (readonly [string, string])[] {
  const label = "vulnerabilities";
  const { obstacles } = difference.vulnerabilities;
  const sides = [a.vulnerabilities, b.vulnerabilities] as const;
  const reasons = [...new Set(sides.flatMap((side) => (side.status === "unassessed" ? [side.reason] : [])))];
  if (sides.every(({ status }) => status === "unassessed") && reasons.length === 1) {
    return [[label, `unassessed: ${reasons[0]}`]];
  }
  const undecided = sides.map((side) => (side.status === "assessed" ? side.undecided : 0));
  return [
    ...obstacles.map((text) => [label, text] as const),
    ...(undecided.some((number) => number > 0)
      ? [
          [
            label,
            `undecided by the data, which is no finding, and not safe: ${undecided[0]} of A, ${undecided[1]} of B`,
          ] as const,
        ]
      : []),
    ...dataNotes(sides),
  ];
}

function dataNotes(sides: readonly Vulnerabilities[]): readonly (readonly [string, string])[] {
  const feeds = new Map<string, string>();
  for (const side of sides) {
    for (const { feed, dated, checked, stale } of side.status === "assessed" ? side.feeds : []) {
      feeds.set(`${feed} of ${(dated ?? checked).slice(0, 10)}${stale ? " (old)" : ""}`, feed);
    }
  }
  return feeds.size === 0 ? [] : [["advisory data", [...feeds.keys()].join(", ")]];
}

/** Flaws that are gone, new, or of which nobody can say; and packages that nobody could look at. */
export function findingSections({ a, b, difference }: Comparison): readonly ReportSection[] {
  const { gone, new: added, kept, unknown } = difference.vulnerabilities;
  return [
    ...findingTable("FLAWS GONE", gone),
    ...findingTable("FLAWS NEW", added),
    ...findingTable("FLAWS IN BOTH", kept),
    ...findingTable("FLAWS OF A OF WHICH B'S DATA CANNOT SAY", unknown.a),
    ...findingTable("FLAWS OF B OF WHICH A'S DATA CANNOT SAY", unknown.b),
    ...unassessedSection("A", a.vulnerabilities),
    ...unassessedSection("B", b.vulnerabilities),
  ];
}

function findingTable(title: string, findings: readonly ComparedFinding[]): readonly ReportSection[] {
  if (findings.length === 0) return [];
  const shown = findings.length > MAX_FINDINGS ? `, THE FIRST ${MAX_FINDINGS}` : "";
  return [
    {
      ...{ kind: "table", title: `${title} (${findings.length}${shown})`, right: [], keep: "start" },
      header: ["SEVERITY", "ID", "FIXED IN", "PACKAGE"],
      rows: findings
        .slice(0, MAX_FINDINGS)
        .map(({ id, severity, fixed, package: name, exploited }) => [
          `${severity}${exploited ? " (exploited)" : ""}`,
          ...[fitWidth(printableLine(id), ID_WIDTH), fitWidth(printableLine(fixed ?? "-"), VERSION_WIDTH), name],
        ]),
    },
  ];
}

/** Grouped by the reason why. */
function unassessedSection(side: string, vulnerabilities: Vulnerabilities): readonly ReportSection[] {
  if (vulnerabilities.status === "unassessed") return [];
  const unassessed = vulnerabilities.weak.filter(({ level }) => level === "none");
  if (unassessed.length === 0) return [];
  const byReason = [...Map.groupBy(unassessed, ({ reason }) => reason)];
  const lists = byReason.slice(0, MAX_REASONS).map(([reason, packages]) => ({
    label: `${reason || "no reason is known"} (${packages.length})`,
    items: packages.slice(0, MAX_FINDINGS).map(({ name, version }) => `${name} ${version}`.trim()),
    more: Math.max(0, packages.length - MAX_FINDINGS),
  }));
  return [{ kind: "lists", title: `PACKAGES OF ${side} THAT NOBODY COULD LOOK AT (${unassessed.length})`, lists }];
}

/** What became of flaws, in sentences that name the level of each number. */
export function findingSentences({ a, b, difference }: Comparison): readonly string[] {
  const sides = [a.vulnerabilities, b.vulnerabilities] as const;
  const [before, after] = sides;
  if (before.status === "unassessed" && after.status === "unassessed") return [];
  const sentences = LEVELS.filter((level) => sides.some((side) => lookedAt(side, level))).map((level) => {
    const missing = level === "fixesOnly" ? ` (open flaws: unknown, only ${fixSources(sides)} could be asked)` : "";
    return `B ${phrase(after, level)}, A ${phrase(before, level)}${missing}.`;
  });
  const isOneBlind = sides.some(({ status }) => status === "unassessed");
  const { obstacles } = difference.vulnerabilities;
  return [
    ...sentences,
    ...(isOneBlind || obstacles.length === 0 ? [] : [`Those numbers cannot be compared: ${obstacles.join("; ")}.`]),
    ...blindSentence(sides),
  ];
}

/** "has 0 missed fixes in 43 packages". */
function phrase(side: Vulnerabilities, level: FindingLevel): string {
  if (side.status === "unassessed") return `is unassessed (${side.reason})`;
  const packages = side.packages[level];
  if (packages === 0) return level === "full" ? "was looked at for missed fixes alone" : "was looked at in full";
  const { findings } = side[level];
  const noun = findings === 1 ? (level === "full" ? "known vulnerability" : "missed fix") : LEVEL_NOUNS[level];
  return `has ${findings} ${noun} in ${count(packages, "package")}`;
}

/** Packages without a level beside others are part of no number. */
function blindSentence(sides: readonly [Vulnerabilities, Vulnerabilities]): readonly string[] {
  const none = (side: Vulnerabilities): number => (side.status === "assessed" ? side.packages.none : 0);
  const [a, b] = [none(sides[0]), none(sides[1])];
  if (a + b === 0) return [];
  const told = [...(b > 0 ? [`${count(b, "package")} of B`] : []), ...(a > 0 ? [`${count(a, "package")} of A`] : [])];
  return [`Nobody could look at ${told.join(" and ")}.`];
}

/** "Debian's archive", by the kinds of packages of which only missed fixes are known. */
export function fixSources(sides: readonly Vulnerabilities[]): string {
  const kinds = new Set(
    sides
      .filter((side): side is AssessedVulnerabilities => side.status === "assessed")
      .flatMap(({ weak }) => weak.filter(({ level }) => level === "fixes-only").map(({ kind }) => kind)),
  );
  const known = [...kinds].flatMap((kind) => FIX_SOURCES.get(kind) ?? []);
  return known.length === 0 ? "lists of fixes" : known.join(" and ");
}

function lookedAt(side: Vulnerabilities, level: FindingLevel): boolean {
  return side.status === "assessed" && side.packages[level] > 0;
}

function signed(number: number): string {
  return number === 0 ? "" : `${number > 0 ? "+" : ""}${number}`;
}
