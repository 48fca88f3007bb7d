import type { Level } from "../advisories/feed.ts";
import { FEED_NAMES, feedDay } from "../advisories/feed-names.ts";
import { SEVERITIES, type Severity } from "../advisories/severity/severity.ts";
import { type Filter, filterFindings } from "./filter.ts";
import { headline, reasonsOf, staleText } from "./headline.ts";
import type { Finding, ScanLayer, ScannedPackage, ScanReport } from "./report.ts";
import { countBySeverity } from "./totals.ts";
import { amount, layerText, marksOf, severityText, stateText } from "./words.ts";

/** How findings are put together. */
export type Grouping = "package" | "cve" | "layer";

/** A scan in words, ready to be laid out. */
export interface ShownScan {
  readonly headline: string;
  /** Which data is too old; undefined where none is. */
  readonly stale: string | undefined;
  /** What was scanned. */
  readonly subject: string;
  /** "1 critical, 4 high; 3 with a fix" of each level that has findings. */
  readonly counts: readonly string[];
  readonly by: Grouping;
  /** One without a title where findings are not put together by anything but package or flaw. */
  readonly groups: readonly ShownGroup[];
  readonly notAssessed: readonly ShownReason[];
  /** Packages of which missing fixes alone are known, by why. */
  readonly fixesOnly: readonly ShownReason[];
  readonly feeds: readonly ShownFeed[];
  /** What is not shown or not counted, and warnings. */
  readonly notes: readonly string[];
}

export interface ShownGroup {
  readonly title: string | undefined;
  readonly rows: readonly ShownRow[];
}

/** A finding; or, by flaw, all findings of one; or a package that nobody could look at, with "-" for what nobody knows. */
export interface ShownRow {
  readonly package: string;
  readonly version: string;
  readonly fixed: string;
  readonly id: string;
  readonly link: string | undefined;
  readonly severity: string;
  readonly state: string;
  readonly level: string;
  readonly marks: string;
}

/** Packages that nobody could look at, by why. */
export interface ShownReason {
  readonly reason: string;
  readonly packages: readonly string[];
}

export interface ShownFeed {
  readonly name: string;
  readonly day: string;
  /** In milliseconds. */
  readonly age: number;
  readonly stale: boolean;
  readonly failure: string | undefined;
}

/** Puts a report into words; `now` in milliseconds is what ages are counted to. */
export function showScan(report: ScanReport, filter: Filter, by: Grouping, now: number): ShownScan {
  const { shown, hidden } = filterFindings(report.findings, filter);
  return {
    headline: headline(report),
    stale: staleText(report),
    subject: subjectText(report),
    counts: countsOf(report),
    by,
    groups: groupsOf(report, shown, by),
    notAssessed: shownReasons(report, "none"),
    fixesOnly: shownReasons(report, "fixes-only"),
    feeds: report.feeds.map((feed) => ({
      name: FEED_NAMES[feed.feed],
      day: feedDay(feed),
      age: Math.max(0, now - feed.checkedAt),
      stale: feed.stale,
      failure: feed.failure,
    })),
    notes: notesOf(report, hidden),
  };
}

function shownReasons(report: ScanReport, level: Level): readonly ShownReason[] {
  return reasonsOf(report, level).map(({ reason, packages }) => ({
    reason,
    packages: packages.map(({ name, version }) => (version === "" ? name : `${name} ${version}`)),
  }));
}

/** Findings that were not asked for. */
export function hiddenText(hidden: number): string {
  return `${amount(hidden, "finding")} ${hidden === 1 ? "is" : "are"} counted and not shown`;
}

function subjectText({ subject: { name, platform, system } }: ScanReport): string {
  const of = [platform, system].filter((each) => each !== undefined).join(", ");
  return of === "" ? name : `${name} (${of})`;
}

/** Of each level for itself: what one can see the other cannot. */
function countsOf({ findings }: ScanReport): readonly string[] {
  const levels = ["fixes-only", "full"] as const;
  const several = new Set(findings.map(({ level }) => level)).size > 1;
  return levels.flatMap((level) => {
    const own = findings.filter((finding) => finding.level === level);
    if (own.length === 0) return [];
    const counts = countBySeverity(own);
    const graded = SEVERITIES.toReversed()
      .filter((severity) => counts[severity] > 0)
      .map((severity) => `${counts[severity]} ${severity}`);
    const fixable = own.filter(({ fixed }) => fixed !== undefined).length;
    return [`${several ? `${level}: ` : ""}${graded.join(", ")}; ${fixable} with a fix`];
  });
}

function groupsOf(report: ScanReport, findings: readonly Finding[], by: Grouping): readonly ShownGroup[] {
  switch (by) {
    case "package": {
      const open = report.packages.filter(({ level }) => level === "none").map(unassessedRow);
      return [{ title: undefined, rows: [...findings.map((finding) => rowOf(report, finding)), ...open] }];
    }
    case "cve":
      return [{ title: undefined, rows: rowsByFlaw(report, findings) }];
    case "layer": {
      const layers = Map.groupBy(findings, (finding) => layerKey(layerOf(report, finding)));
      return [...layers.values()]
        .sort((a, b) => layerRank(layerOf(report, a[0])) - layerRank(layerOf(report, b[0])))
        .map((own) => {
          const layer = layerOf(report, own[0]);
          return {
            title: layer === undefined ? "no layer is known" : layerText(layer),
            rows: own.map((finding) => rowOf(report, finding)),
          };
        });
    }
  }
}

function rowOf({ packages }: ScanReport, finding: Finding): ShownRow {
  const at = packages[finding.package];
  return {
    package: at?.name ?? "",
    version: at?.version || "-",
    fixed: finding.fixed ?? "-",
    id: finding.id,
    link: finding.link,
    severity: severityText(finding),
    state: stateText(finding),
    level: finding.level,
    marks: marksOf(finding),
  };
}

function unassessedRow({ name, version }: ScannedPackage): ShownRow {
  const nothing = { fixed: "-", id: "-", link: undefined, severity: "-", state: "-" };
  return { package: name, version: version || "-", ...nothing, level: "none", marks: "" };
}

/** Worst first, then those that have a fix, then by name. */
function rowsByFlaw(report: ScanReport, findings: readonly Finding[]): readonly ShownRow[] {
  const rank = (of: readonly Finding[]): number =>
    of.reduce((most, { rating }) => Math.max(most, rankOf(rating.severity)), 0);
  const fixable = (of: readonly Finding[]): boolean => of.some(({ fixed }) => fixed !== undefined);
  return [...Map.groupBy(findings, ({ id }) => id)]
    .sort(
      ([a, first], [b, second]) =>
        rank(second) - rank(first) || Number(fixable(second)) - Number(fixable(first)) || (a < b ? -1 : 1),
    )
    .flatMap(([, of]) => {
      const [worst] = of.toSorted((a, b) => rankOf(b.rating.severity) - rankOf(a.rating.severity));
      if (worst === undefined) return [];
      const rows = of.map((finding) => rowOf(report, finding));
      const joined = (key: "package" | "version" | "fixed" | "state" | "level"): string =>
        [...new Set(rows.map((row) => row[key]))].join(", ");
      return [
        {
          ...rowOf(report, worst),
          ...{ package: joined("package"), version: joined("version"), fixed: joined("fixed") },
          ...{ state: joined("state"), level: joined("level") },
        },
      ];
    });
}

function layerOf({ packages }: ScanReport, finding: Finding | undefined): ScanLayer | undefined {
  return finding === undefined ? undefined : packages[finding.package]?.locations[0]?.layer;
}

function layerKey(layer: ScanLayer | undefined): string {
  return layer === undefined ? "" : `${layer.number ?? ""} ${layer.diffID ?? ""} ${layer.instruction}`;
}

/** Lowest first; what is not numbered behind. */
function layerRank(layer: ScanLayer | undefined): number {
  return layer?.number ?? Number.MAX_SAFE_INTEGER;
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function notesOf({ undecided, suppressed, warnings, packages }: ScanReport, hidden: number): readonly string[] {
  return [
    ...(hidden === 0 ? [] : [hiddenText(hidden)]),
    ...(undecided.length === 0
      ? []
      : [`${amount(undecided.length, "finding")} left open by the data, counted nowhere: ${someOf(undecided)}`]),
    ...[...Map.groupBy(suppressed, ({ by }) => by)].map(
      ([by, of]) =>
        `${amount(of.length, "finding")} set aside by ${by === "vex" ? "VEX" : "the ignore file"}, counted nowhere: ${someOf(of.map(({ finding }) => finding))}`,
    ),
    ...newerNotes(packages),
    ...supportNotes(packages),
    ...warnings,
  ];
}

/** Newer versions, whether or not their changelogs name a flaw. */
function newerNotes(packages: readonly ScannedPackage[]): readonly string[] {
  const newer = packages.flatMap(({ name, newer }) => (newer === undefined ? [] : [`${name} ${newer}`]));
  if (newer.length === 0) return [];
  const has = newer.length === 1 ? "has" : "have";
  return [
    `${amount(newer.length, "package")} ${has} a newer version in Debian's archive, whatever it fixes: ${some(newer)}`,
  ];
}

/** What Debian does not keep secure, packages of which the same is said together. */
function supportNotes(packages: readonly ScannedPackage[]): readonly string[] {
  const said = packages.flatMap(({ name, support }) => {
    if (support === undefined) return [];
    const { kind, since, text } = support;
    const what = kind === "ended" ? "security support has ended" : "security support is limited";
    return [{ name, text: `${what}${since === undefined ? "" : ` (${since})`}${text === "" ? "" : `: ${text}`}` }];
  });
  return [...Map.groupBy(said, ({ text }) => text)].map(([text, of]) => `${some(of.map(({ name }) => name))}: ${text}`);
}

/** Names that a note names. */
const MAX_NAMED = 5;

function someOf(findings: readonly Finding[]): string {
  return some(findings.map(({ id }) => id));
}

function some(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > MAX_NAMED ? ` and ${distinct.length - MAX_NAMED} more` : "";
  return `${distinct.slice(0, MAX_NAMED).join(", ")}${more}`;
}
