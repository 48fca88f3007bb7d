import type { FeedId, Level } from "../advisories/feed.ts";
import { FEED_NAMES, feedDay } from "../advisories/feed-names.ts";
import type { ScanReport } from "./report.ts";
import { amount } from "./words.ts";

/** Feeds that a headline names. */
const MAX_FEEDS = 3;
const MAX_REASON = 160;

/**
 * What a scan came to, in a line; the weakest level comes first. A number of vulnerabilities is only there where somebody
 * could have found all of them; where nobody could look it says so, and why.
 */
export function headline(report: ScanReport): string {
  const { status, totals, undecided, suppressed, leftOut = 0 } = report;
  const named = namedInUnassessed(report);
  const unknown = leftOut === 0 ? [] : [`${amount(leftOut, "package")} of the document not known`];
  if (status === "unassessed") return [`unassessed: ${whyUnassessed(report)}`, ...named, ...unknown].join("; ");
  const parts = [
    ...(totals.fixesOnly.packages === 0 ? [] : [missedFixes(report)]),
    ...(totals.full.packages === 0 ? [] : [vulnerabilities(report)]),
    ...(totals.none.packages === 0 ? [] : [`${amount(totals.none.packages, "package")} not assessed`]),
    ...unknown,
    ...named,
    ...(undecided.length === 0 ? [] : [`${undecided.length} undecided`]),
    ...(suppressed.length === 0 ? [] : [`${suppressed.length} set aside`]),
  ];
  return parts.join("; ");
}

/** Which data is older than it may be; undefined where none is. */
export function staleText({ feeds }: ScanReport): string | undefined {
  const stale = feeds.filter((feed) => feed.stale);
  if (stale.length === 0) return undefined;
  const named = stale.map((feed) => `${FEED_NAMES[feed.feed]} of ${feedDay(feed)}`);
  return `older than the data may be: ${named.join(", ")}`;
}

/** Reasons for which packages were not, or not fully, assessed, most packages first. */
export function reasonsOf(
  { packages }: ScanReport,
  level: Level,
): readonly { readonly reason: string; readonly packages: ScanReport["packages"] }[] {
  const found = packages.filter((each) => each.level === level);
  return [...Map.groupBy(found, ({ reason }) => reason ?? "no reason is known")]
    .map(([reason, of]) => ({ reason, packages: of }))
    .sort((a, b) => b.packages.length - a.packages.length || (a.reason < b.reason ? -1 : 1));
}

/** Why not one package could be looked at: the reason that most of them have. */
export function whyUnassessed(report: ScanReport): string {
  const { packages } = report;
  if (packages.length === 0) return "no package was identified";
  const [first, ...others] = reasonsOf(report, "none");
  const why = (first?.reason ?? "nothing is known of them").slice(0, MAX_REASON).toWellFormed();
  const none = packages.length === 1 ? "its one package" : `none of its ${packages.length} packages`;
  return `${none} could ${packages.length === 1 ? "not " : ""}be looked at: ${why}${others.length === 0 ? "" : ", and other reasons"}`;
}

function missedFixes(report: ScanReport): string {
  const { packages, findings } = report.totals.fixesOnly;
  const sources = sourcesText(report, "fixes-only");
  if (findings === 0) return `0 missed fixes, open: unknown (fixes-only for ${amount(packages, "package")}${sources})`;
  const number = `${findings} missed ${findings === 1 ? "fix" : "fixes"}`;
  return `${number} in ${affected(report, "fixes-only")} of ${amount(packages, "package")}, open: unknown (fixes-only${sources})`;
}

/** Nobody could assess these packages, and still a record names the version that is there. */
function namedInUnassessed({ packages, findings }: ScanReport): readonly string[] {
  const named = findings.filter((each) => packages[each.package]?.level === "none");
  return named.length === 0 ? [] : [`${numbered(named.length)} of packages that could not be assessed`];
}

function numbered(findings: number): string {
  return `${findings} ${findings === 1 ? "vulnerability" : "vulnerabilities"}`;
}

function vulnerabilities(report: ScanReport): string {
  const { packages } = report.totals.full;
  const findings = report.findings.filter((each) => report.packages[each.package]?.level === "full").length;
  const where =
    findings === 0 ? amount(packages, "package") : `${affected(report, "full")} of ${amount(packages, "package")}`;
  return `${numbered(findings)} in ${where} (full${sourcesText(report, "full")})`;
}

function affected({ findings, packages }: ScanReport, level: Level): number {
  const own = findings.filter((each) => packages[each.package]?.level === level);
  return new Set(own.map((each) => each.package)).size;
}

/** The feeds that packages of a level were looked up in, those of the most packages first. */
function sourcesText({ packages, feeds }: ScanReport, level: Level): string {
  const uses = new Map<FeedId, number>();
  for (const each of packages) {
    if (each.level !== level) continue;
    for (const feed of each.feeds) uses.set(feed, (uses.get(feed) ?? 0) + 1);
  }
  const used = [...uses].sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
  if (used.length === 0) return "";
  const named = used.slice(0, MAX_FEEDS).map(([feed]) => {
    const state = feeds.find((each) => each.feed === feed);
    return state === undefined ? FEED_NAMES[feed] : `${FEED_NAMES[feed]} of ${feedDay(state)}`;
  });
  const more = used.length > MAX_FEEDS ? ` and ${used.length - MAX_FEEDS} more` : "";
  return `: ${named.join(", ")}${more}`;
}
