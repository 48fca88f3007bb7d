import { FEED_NAMES, feedDay } from "../advisories/feed-names.ts";
import type { ExplainedFinding, ExplainedPackage } from "./explained.ts";
import type { Finding, Reasoning, ScanReport } from "./report.ts";
import { layerText, locationText, percentText, severityText, stateText } from "./words.ts";

/** Why packages have a flaw or have it not, in words. */
export interface ShownExplanation {
  readonly id: string;
  readonly subject: string;
  readonly packages: readonly ShownPackage[];
  /** Those that were asked. */
  readonly feeds: readonly { readonly name: string; readonly day: string }[];
}

export interface ShownPackage {
  /** Name and version. */
  readonly package: string;
  readonly verdict: string;
  /** Label and text. */
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly records: readonly ShownRecord[];
}

export interface ShownRecord {
  readonly record: string;
  /** With its date. */
  readonly feed: string;
  readonly affected: string;
  readonly because: string;
  readonly link: string | undefined;
  /** Of the feed, in milliseconds. */
  readonly age: number | undefined;
}

/** Locations that are named. */
const MAX_LOCATIONS = 5;

const AFFECTED: Readonly<Record<Reasoning["affected"], string>> = {
  yes: "affected",
  no: "not affected",
  unknown: "undecided",
};

/** Puts what is known of one flaw into words; `now` in milliseconds is what ages are counted to. */
export function showExplanation(id: string, { report, explained }: ExplainedFinding, now: number): ShownExplanation {
  return {
    id,
    subject: report.subject.name,
    packages: explained.map((each) => shownPackage(report, each, now)),
    feeds: report.feeds.map((feed) => ({ name: FEED_NAMES[feed.feed], day: feedDay(feed) })),
  };
}

function shownPackage(report: ScanReport, explained: ExplainedPackage, now: number): ShownPackage {
  const { package: at, reasoning, finding } = explained;
  return {
    package: at.version === "" ? at.name : `${at.name} ${at.version}`,
    verdict: verdictOf(report, explained),
    facts: [...packageFacts(explained), ...(finding === undefined ? [] : findingFacts(finding))],
    records: reasoning.map((each) => recordOf(report, each, now)),
  };
}

/** What an ignore file or VEX says is no verdict: it stands behind it. */
function verdictOf({ suppressed }: ScanReport, { package: at, reasoning, finding }: ExplainedPackage): string {
  if (finding === undefined) {
    return AFFECTED[reasoning.some(({ affected }) => affected === "unknown") ? "unknown" : "no"];
  }
  const undecided = reasoning.every(({ affected }) => affected !== "yes");
  const against = suppressed.find(
    ({ finding: { id, package: number } }) => id === finding.id && number === finding.package,
  );
  const word = undecided ? AFFECTED.unknown : AFFECTED.yes;
  const known = at.level === "full" ? word : `${word} (${at.level})`;
  if (against === undefined) return known;
  const until = against.until === undefined ? "" : ` until ${against.until}`;
  return `${known}; set aside by ${against.where}${until}: ${against.reason}`;
}

function packageFacts({ package: at }: ExplainedPackage): ShownPackage["facts"] {
  const { purl, source, locations, carriedFrom, newer } = at;
  const more = locations.length > MAX_LOCATIONS ? [["", `and ${locations.length - MAX_LOCATIONS} more`] as const] : [];
  return [
    ["purl", purl],
    ...(source === undefined ? [] : [["source", `${source.name} ${source.version}`] as const]),
    ...locations
      .slice(0, MAX_LOCATIONS)
      .flatMap((location): ShownPackage["facts"] => [
        ["found in", locationText(location)],
        ...(location.layer === undefined ? [] : [["came with", layerText(location.layer)] as const]),
      ]),
    ...more,
    ...(newer === undefined ? [] : [["newer", `${newer}, in Debian's archive`] as const]),
    ...(carriedFrom === undefined ? [] : [["copied from", carriedFrom] as const]),
  ];
}

function findingFacts(finding: Finding): ShownPackage["facts"] {
  const { rating, fixed, aliases, summary, exploited, likelihood, statement } = finding;
  const source = rating.source === undefined ? "" : ` by ${rating.source}`;
  const vector = rating.vector === undefined ? "" : `, ${rating.vector}`;
  return [
    ...(summary === "" ? [] : [["summary", summary] as const]),
    ["severity", `${severityText(finding)}${source}${vector}`],
    ["fix", fixed === undefined ? stateText(finding) : fixText(finding)],
    ...(aliases.length === 0 ? [] : [["also", aliases.join(", ")] as const]),
    ...(exploited === undefined
      ? []
      : [
          [
            "exploited",
            `on CISA's list since ${exploited.added}${exploited.ransomware ? ", in ransomware" : ""}`,
          ] as const,
        ]),
    ...(likelihood === undefined
      ? []
      : [["EPSS", `${percentText(likelihood.score)}, percentile ${Math.floor(likelihood.percentile * 100)}`] as const]),
    ...(statement === undefined
      ? []
      : [
          [
            "VEX",
            `${statement.status.replaceAll("_", " ")} (${statement.where})${statement.text === "" ? "" : `: ${statement.text}`}`,
          ] as const,
        ]),
  ];
}

function fixText(finding: Finding): string {
  const { fixed, state } = finding;
  const notes = stateText(finding);
  return state === "fixed" ? `${fixed}${notes.includes(",") ? ` (${notes})` : ""}` : `${fixed} (${notes})`;
}

function recordOf(
  { feeds }: ScanReport,
  { feed, record, affected, because, link }: Reasoning,
  now: number,
): ShownRecord {
  const state = feeds.find((each) => each.feed === feed);
  return {
    record,
    feed: state === undefined ? FEED_NAMES[feed] : `${FEED_NAMES[feed]} of ${feedDay(state)}`,
    ...{ affected: AFFECTED[affected], because, link },
    age: state === undefined ? undefined : Math.max(0, now - state.checkedAt),
  };
}
