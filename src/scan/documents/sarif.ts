import { createHash } from "node:crypto";
import { SEVERITIES, type Severity } from "../../advisories/severity/severity.ts";
import { documentText } from "../../inventory/documents/document-text.ts";
import { headline, reasonsOf, staleText } from "../headline.ts";
import type { Finding, ScanLocation, ScannedPackage, ScanReport, Suppressed } from "../report.ts";
import { layerText, locationText, severityText, stateText } from "../words.ts";
import { webAddress } from "./web-address.ts";

type Level = "error" | "warning" | "note" | "none";

const LEVELS: Readonly<Record<Severity, Level>> = {
  ...{ critical: "error", high: "error", medium: "warning" },
  ...{ low: "note", negligible: "note", unknown: "note" },
};

/** What GitHub sorts by, where no score is known: the middle of its ranges. A flaw without a grade has none. */
const SCORES: Readonly<Record<Severity, number | undefined>> = {
  ...{ critical: 9.5, high: 8, medium: 5.5 },
  ...{ low: 2, negligible: 0.1, unknown: undefined },
};

/** Longest text of a summary in a rule. */
const MAX_TEXT = 1000;

/** A result, and why it counts or does not. */
interface Told {
  readonly finding: Finding;
  readonly kind: "fail" | "review";
  readonly suppressed: Suppressed | undefined;
}

/**
 * A scan as SARIF 2.1.0 (OASIS): one rule for each flaw, one result for each package that has it, at the place where the package is
 * recorded in the image. What the data leaves open has the kind `review`, what was set aside a suppression. An image of which
 * nothing could be assessed is a run that did not succeed, not one without results.
 */
export function scanSarif(report: ScanReport, shown: readonly Finding[], version: string): string {
  const told: readonly Told[] = [
    ...shown.map((finding) => ({ finding, kind: "fail", suppressed: undefined }) as const),
    ...report.undecided.map((finding) => ({ finding, kind: "review", suppressed: undefined }) as const),
    ...report.suppressed.map((suppressed) => ({ finding: suppressed.finding, kind: "fail", suppressed }) as const),
  ];
  const rules = [...Map.groupBy(told, ({ finding }) => finding.id)].sort(([a], [b]) => (a < b ? -1 : 1));
  const index = new Map(rules.map(([id], at) => [id, at]));
  return documentText({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "distill",
            version,
            rules: rules.map(([id, of]) =>
              ruleOf(
                id,
                of.map(({ finding }) => finding),
              ),
            ),
          },
        },
        invocations: [invocationOf(report)],
        columnKind: "utf16CodeUnits",
        properties: {
          headline: headline(report),
          subject: report.subject,
          status: report.status,
          level: report.level,
          totals: report.totals,
          hidden: report.findings.length - shown.length,
        },
        results: told.map((each) => resultOf(report, each, index.get(each.finding.id) ?? -1)),
      },
    ],
  });
}

function ruleOf(id: string, findings: readonly Finding[]): object {
  const [worst] = findings.toSorted((a, b) => rankOf(b.rating) - rankOf(a.rating));
  if (worst === undefined) return { id };
  const { summary, rating, aliases } = worst;
  const text = (summary === "" ? `${id} has no summary` : summary).slice(0, MAX_TEXT);
  const also = aliases.length === 0 ? "" : ` Also known as ${aliases.join(", ")}.`;
  const score = rating.score ?? SCORES[rating.severity];
  const helpUri = webAddress(worst.link);
  return {
    id,
    shortDescription: message(text),
    help: message(`${text}. Severity: ${severityText(worst)}.${also}`),
    ...(helpUri === undefined ? {} : { helpUri }),
    defaultConfiguration: { level: LEVELS[rating.severity] },
    properties: {
      tags: ["security", "vulnerability"],
      ...(score === undefined ? {} : { "security-severity": score.toFixed(1) }),
    },
  };
}

function resultOf(report: ScanReport, { finding, kind, suppressed }: Told, ruleIndex: number): object {
  const at = report.packages[finding.package];
  const { id, rating, fixed, exploited, likelihood, reasoning } = finding;
  const [deciding] = reasoning;
  const fix = fixed === undefined ? "no fix is known" : `fixed in ${fixed}`;
  const because = deciding === undefined ? "" : ` (${deciding.record}: ${deciding.because})`;
  const verdict = kind === "review" ? "may be affected" : "is affected";
  return {
    ruleId: id,
    ruleIndex,
    kind,
    level: kind === "review" ? "none" : LEVELS[rating.severity],
    message: message(`${nameOf(at)} ${verdict} by ${id}; ${fix}${because}`),
    locations: locationsOf(report, at),
    partialFingerprints: { "distill/v1": fingerprint(id, at) },
    ...(suppressed === undefined ? {} : { suppressions: [suppressionOf(suppressed)] }),
    properties: {
      package: at?.name ?? "",
      version: at?.version ?? "",
      purl: at?.purl ?? "",
      level: finding.level,
      severity: rating.severity,
      state: stateText(finding),
      unimportant: finding.unimportant,
      ...(fixed === undefined ? {} : { fixed }),
      ...(rating.vector === undefined ? {} : { cvss: rating.vector }),
      ...(exploited === undefined ? {} : { exploited }),
      ...(likelihood === undefined ? {} : { epss: likelihood.score }),
      reasoning: reasoning.map(({ feed, record, affected, because: why }) => ({
        feed,
        record,
        affected,
        because: why,
      })),
    },
  };
}

/** A message in which nothing is a link (3.11.6), whatever packages and records are called. */
function message(text: string): { readonly text: string } {
  return { text: text.replaceAll("](", "] (") };
}

/** Readers such as GitHub's want a place in a file: line 1 of what the package is recorded in, else of the image. */
function locationsOf(report: ScanReport, at: ScannedPackage | undefined): readonly object[] {
  if (at === undefined || at.locations.length === 0) {
    const place = { physicalLocation: physicalLocation(report.subject.name) };
    return [{ ...place, message: message(`${nameOf(at)}: the image does not say where it lies`) }];
  }
  return at.locations.map((location) => ({
    physicalLocation: physicalLocation(location.path),
    message: message(`${nameOf(at)}, recorded in ${locationText(location)}`),
    properties: layerProperties(location),
  }));
}

function physicalLocation(path: string): object {
  return { artifactLocation: { uri: addressOf(path) }, region: { startLine: 1 } };
}

function layerProperties({ inside, layer }: ScanLocation): object {
  return {
    ...(inside === undefined ? {} : { inside }),
    ...(layer === undefined ? {} : { layer, instruction: layerText(layer) }),
  };
}

function suppressionOf({ by, where, reason, until }: Suppressed): object {
  const end = until === undefined ? "" : `, until ${until}`;
  return {
    kind: "external",
    status: "accepted",
    justification: `${reason} (${by === "vex" ? "VEX" : "ignore file"} ${where}${end})`,
  };
}

function invocationOf(report: ScanReport): object {
  const stale = staleText(report);
  const isAssessed = report.status === "assessed";
  const warnings = [
    ...reasonsOf(report, "none").map(
      ({ reason, packages }) => `not assessed: ${reason}: ${packages.map(({ name }) => name).join(", ")}`,
    ),
    ...(stale === undefined ? [] : [stale]),
    ...report.warnings,
  ];
  return {
    executionSuccessful: isAssessed,
    toolExecutionNotifications: [
      { level: isAssessed ? "note" : "error", message: message(headline(report)) },
      ...warnings.map((text) => ({ level: "warning", message: message(text) })),
    ],
  };
}

/** The same for the same flaw of the same package in the same place, whatever its version. */
function fingerprint(id: string, at: ScannedPackage | undefined): string {
  const [first] = at?.locations ?? [];
  const parts = [id, at?.type ?? "", at?.name ?? "", first === undefined ? "" : locationText(first)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

function nameOf(at: ScannedPackage | undefined): string {
  return at === undefined ? "a package" : `${at.name} ${at.version}`.trim();
}

function rankOf({ severity, score }: Finding["rating"]): number {
  return SEVERITIES.indexOf(severity) * 100 + (score ?? 0);
}

/** A path as the reference of a URI. */
function addressOf(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/");
}
