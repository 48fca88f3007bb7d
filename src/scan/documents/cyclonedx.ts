import { FEED_NAMES, feedDay } from "../../advisories/feed-names.ts";
import { contentUuid } from "../../inventory/documents/content-uuid.ts";
import { documentText } from "../../inventory/documents/document-text.ts";
import { headline } from "../headline.ts";
import { subjectPurl } from "../image-identity.ts";
import type { Finding, Reasoning, ScannedPackage, ScanReport, Suppressed } from "../report.ts";
import { reportTime } from "./report-time.ts";
import { webAddress } from "./web-address.ts";

/** The parts of a document that are written anew; all else stays as it is. */
interface Bom {
  readonly metadata?: { readonly properties?: readonly unknown[]; readonly [key: string]: unknown };
  readonly serialNumber?: string;
  readonly [key: string]: unknown;
}

/** A finding, and why it does not count where it does not. */
interface Told {
  readonly finding: Finding;
  readonly analysis: object | undefined;
}

/** Longest version that the schema takes. */
const MAX_VERSION = 1024;

const JUSTIFICATIONS: ReadonlyMap<string, string> = new Map([
  ["component_not_present", "code_not_present"],
  ["vulnerable_code_not_present", "code_not_present"],
  ["vulnerable_code_not_in_execute_path", "code_not_reachable"],
  ["vulnerable_code_cannot_be_controlled_by_adversary", "protected_by_mitigating_control"],
  ["inline_mitigations_already_exist", "protected_by_mitigating_control"],
]);

/**
 * A scan as a CycloneDX 1.6 document: the inventory's (see cycloneDxDocument), else one made of the packages of the report, with
 * vulnerabilities. Each names its components by their `bom-ref`, which is the package URL. `time` in milliseconds is that of a
 * document that is made here.
 */
export function scanCycloneDx(
  report: ScanReport,
  shown: readonly Finding[],
  {
    document,
    version,
    time,
  }: { readonly document: string | undefined; readonly version: string; readonly time: number },
): string {
  const bom = document === undefined ? bomOf(report, version, time) : (JSON.parse(document) as Bom);
  const { serialNumber: _, ...rest } = bom;
  const told: readonly Told[] = [
    ...shown.map((finding) => ({ finding, analysis: analysisOfFinding(finding) })),
    ...report.undecided.map((finding) => ({
      finding,
      analysis: { state: "in_triage", detail: undecidedText(finding) },
    })),
    ...report.suppressed.map((suppressed) => ({ finding: suppressed.finding, analysis: analysisOf(suppressed) })),
  ];
  const whole = {
    ...rest,
    metadata: { ...bom.metadata, properties: [...(bom.metadata?.properties ?? []), ...scanProperties(report, shown)] },
    vulnerabilities: vulnerabilitiesOf(report, told),
  };
  return documentText({ ...whole, serialNumber: `urn:uuid:${contentUuid(JSON.stringify(whole))}` });
}

function bomOf({ subject, packages }: ScanReport, version: string, time: number): Bom {
  const own = subjectPurl(subject);
  const digest = subject.manifestDigest ?? subject.imageID;
  // A reference has at least a character.
  const byPurl = new Map(packages.filter(({ purl }) => purl !== "").map((each) => [each.purl, each]));
  return {
    ...{
      $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
    },
    metadata: {
      timestamp: reportTime(time),
      tools: { components: [{ type: "application", name: "distill", version }] },
      component: {
        ...{ type: "container", name: subject.name, "bom-ref": own ?? `image:${digest ?? "unknown"}` },
        ...(digest === undefined ? {} : { version: digest.slice(0, MAX_VERSION) }),
        ...(own === undefined ? {} : { purl: own }),
      },
    },
    components: [...byPurl.values()].map(componentOf),
  };
}

function componentOf({ purl, name, version, type, locations }: ScannedPackage): object {
  return {
    type: type === "generic" ? "application" : "library",
    ...{ name, version: version.slice(0, MAX_VERSION), "bom-ref": purl, purl },
    ...(locations.length === 0
      ? {}
      : { evidence: { occurrences: locations.map(({ path }) => ({ location: `/${path}` })) } }),
  };
}

/** One for each flaw, with all components of which the same is to be said. */
function vulnerabilitiesOf(report: ScanReport, told: readonly Told[]): readonly object[] {
  const groups = new Map<string, { readonly said: object; readonly refs: Set<string> }>();
  for (const each of told) {
    const at = report.packages[each.finding.package];
    const said = vulnerabilityOf(report, each);
    const key = JSON.stringify(said);
    const group = groups.get(key) ?? { said, refs: new Set() };
    groups.set(key, group);
    if (at !== undefined && at.purl !== "") group.refs.add(at.purl);
  }
  return [...groups.values()].map(({ said, refs }) => ({ ...said, affects: [...refs].map((ref) => ({ ref })) }));
}

function vulnerabilityOf({ feeds }: ScanReport, { finding, analysis }: Told): object {
  const { id, aliases, rating, summary, fixed, state, level, unimportant, exploited, likelihood, reasoning } = finding;
  const [deciding] = reasoning;
  const link = webAddress(finding.link);
  const method = methodOf(rating.vector);
  const properties = [
    ...[property("level", level), property("state", state)],
    ...(unimportant ? [property("unimportant", "true")] : []),
    ...(fixed === undefined ? [] : [property("fixed", fixed)]),
    ...(exploited === undefined ? [] : [property("known-exploited", exploited.added)]),
    ...(likelihood === undefined ? [] : [property("epss", String(likelihood.score))]),
    ...reasoning.map(({ feed, record, affected, because }) =>
      property("reasoning", `${FEED_NAMES[feed]}, ${record}: ${affected}: ${because}`),
    ),
  ];
  const data = deciding && feeds.find(({ feed }) => feed === deciding.feed);
  return {
    id,
    ...(deciding === undefined ? {} : { source: sourceOf(deciding) }),
    ...(aliases.length === 0 ? {} : { references: aliases.map((alias) => ({ id: alias, source: {} })) }),
    ratings: [
      {
        ...(rating.source === undefined ? {} : { source: { name: rating.source } }),
        ...(rating.score === undefined ? {} : { score: rating.score }),
        severity: rating.severity === "negligible" ? "info" : rating.severity,
        ...(rating.vector === undefined ? {} : { method, vector: rating.vector }),
      },
    ],
    ...(summary === "" ? {} : { description: summary }),
    ...(fixed === undefined ? {} : { recommendation: `Update to ${fixed}` }),
    ...(link === undefined ? {} : { advisories: [{ url: link }] }),
    ...(analysis === undefined ? {} : { analysis }),
    properties: data === undefined ? properties : [...properties, property("data-of", feedDay(data))],
  };
}

function sourceOf({ feed, link }: Reasoning): object {
  const url = webAddress(link);
  return { name: FEED_NAMES[feed], ...(url === undefined ? {} : { url }) };
}

function methodOf(vector: string | undefined): string {
  if (vector?.startsWith("CVSS:4.")) return "CVSSv4";
  if (vector?.startsWith("CVSS:3.1/")) return "CVSSv31";
  if (vector?.startsWith("CVSS:3.0/")) return "CVSSv3";
  return vector !== undefined && /^\(?AV:[LAN]\/AC:[LMH]\/Au:/.test(vector) ? "CVSSv2" : "other";
}

function analysisOfFinding({ statement }: Finding): object | undefined {
  if (statement === undefined) return undefined;
  const state = statement.status === "affected" ? "exploitable" : "in_triage";
  return { state, ...(statement.text === "" ? {} : { detail: statement.text }) };
}

/** A risk that somebody takes is still there: an ignore file gives no state. */
function analysisOf({ by, reason, where, until, statement }: Suppressed): object {
  const end = until === undefined ? "" : `, until ${until}`;
  const detail = `${reason} (${where}${end})`;
  if (by === "ignore-file" || statement === undefined) return { response: ["will_not_fix"], detail };
  if (statement.status === "fixed") return { state: "resolved", detail };
  const justification = JUSTIFICATIONS.get(statement.justification ?? "");
  return { state: "not_affected", ...(justification === undefined ? {} : { justification }), detail };
}

function undecidedText({ reasoning }: Finding): string {
  const [deciding] = reasoning;
  return deciding === undefined ? "the data leaves it open" : `the data leaves it open: ${deciding.because}`;
}

function scanProperties(report: ScanReport, shown: readonly Finding[]): readonly object[] {
  const { status, level, feeds, packages, findings } = report;
  const hidden = findings.length - shown.length;
  return [
    property("scan:headline", headline(report)),
    property("scan:status", status),
    property("scan:level", level),
    ...(hidden === 0 ? [] : [property("scan:hidden", String(hidden))]),
    ...feeds.map((feed) =>
      property("scan:data", `${FEED_NAMES[feed.feed]} of ${feedDay(feed)}${feed.stale ? ", stale" : ""}`),
    ),
    ...packages
      .filter((each) => each.level === "none")
      .map(({ purl, reason }) => property("scan:not-assessed", `${purl}: ${reason ?? "no reason is known"}`)),
  ];
}

function property(name: string, value: string): object {
  return { name: `distill:${name}`, value };
}
