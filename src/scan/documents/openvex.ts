import { contentUuid } from "../../inventory/documents/content-uuid.ts";
import { documentText } from "../../inventory/documents/document-text.ts";
import { headline, staleText } from "../headline.ts";
import { subjectPurl } from "../image-identity.ts";
import type { Finding, ScannedPackage, ScanReport, ScanSubject, Suppressed } from "../report.ts";
import { reportTime } from "./report-time.ts";

const CONTEXT = "https://openvex.dev/ns/v0.2.0";

/** Justifications that OpenVEX knows. */
const JUSTIFICATIONS: ReadonlySet<string> = new Set([
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
]);

/**
 * A scan as an OpenVEX document (0.2.0): `affected` for findings, with what to do; `under_investigation` for what the data leaves
 * open; what VEX documents said stays as they said it. What an ignore file sets aside is `affected`, and nothing is to be done: a
 * risk that somebody takes is still there. Undefined where there is nothing to state, which the format has no document for.
 * `time` in milliseconds; identifiers are made of the content.
 */
export function scanOpenVex(
  report: ScanReport,
  shown: readonly Finding[],
  version: string,
  time: number,
): string | undefined {
  const statements = [
    ...shown.map((finding) => statementOf(report, finding, standingOf(report, finding))),
    ...report.undecided.map((finding) => statementOf(report, finding, undecided(finding))),
    ...report.suppressed.map((suppressed) => statementOf(report, suppressed.finding, standingOfSuppressed(suppressed))),
  ];
  // Two findings may come to the same words; the format wants each statement once.
  const distinct = [...new Map(statements.map((each) => [JSON.stringify(each), each])).values()];
  if (distinct.length === 0) return undefined;
  const rest = {
    author: "distill scan",
    role: "Scanner",
    timestamp: reportTime(time),
    version: 1,
    // Statements are worth what the scan is worth.
    tooling: [`distill ${version}: ${headline(report)}`, staleText(report)]
      .filter((text) => text !== undefined)
      .join("; "),
    statements: distinct,
  };
  return documentText({ "@context": CONTEXT, "@id": `urn:uuid:${contentUuid(JSON.stringify(rest))}`, ...rest });
}

function statementOf({ subject, packages }: ScanReport, finding: Finding, standing: object): object {
  const { id, aliases, summary, package: number } = finding;
  const at = packages[number];
  const others = [...new Set(aliases)];
  return {
    vulnerability: {
      name: id,
      ...(summary === "" ? {} : { description: summary }),
      ...(others.length === 0 ? {} : { aliases: others }),
    },
    products: [productOf(subject, at)],
    ...standing,
  };
}

/** The image with the package in it; the package alone where the image has no digest. */
function productOf(subject: ScanSubject, at: ScannedPackage | undefined): object {
  const part = at === undefined || at.purl === "" ? undefined : componentOf(at.purl);
  const { manifestDigest, imageID } = subject;
  const digest = manifestDigest ?? imageID;
  if (digest === undefined)
    return part ?? { "@id": `urn:distill:image:${encodeURIComponent(subject.name.toWellFormed())}` };
  const purl = subjectPurl(subject);
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  return {
    ...(purl === undefined ? { "@id": `urn:distill:image:${digest}` } : componentOf(purl)),
    ...(hex === undefined ? {} : { hashes: { "sha-256": hex } }),
    ...(part === undefined ? {} : { subcomponents: [part] }),
  };
}

function componentOf(purl: string): object {
  return { "@id": purl, identifiers: { purl } };
}

function standingOf({ packages }: ScanReport, finding: Finding): object {
  const { fixed, state, statement } = finding;
  if (statement?.status === "under_investigation") {
    return { status: "under_investigation", ...(statement.text === "" ? {} : { status_notes: statement.text }) };
  }
  const at = packages[finding.package];
  const said = statement?.text ?? "";
  return { status: "affected", action_statement: said === "" ? actionOf(fixed, state, at) : said };
}

function actionOf(fixed: string | undefined, state: Finding["state"], at: ScannedPackage | undefined): string {
  const name = at === undefined ? "the package" : (at.source?.name ?? at.name);
  if (fixed !== undefined) return `Update ${name} to ${fixed} or later.`;
  switch (state) {
    case "wont-fix":
      return `The distribution plans no fix of ${name}.`;
    case "deferred":
      return `The distribution has deferred its fix of ${name}.`;
    case "end-of-life":
      return `${name} has no security support any more: move to a release that has.`;
    default:
      return `No fix of ${name} is known.`;
  }
}

function undecided({ reasoning, statement }: Finding): object {
  const [deciding] = reasoning;
  const notes = statement?.text || deciding?.because || "";
  return { status: "under_investigation", ...(notes === "" ? {} : { status_notes: notes }) };
}

function standingOfSuppressed({ by, reason, until, statement }: Suppressed): object {
  if (by === "ignore-file" || statement === undefined) {
    const end = until === undefined ? "" : ` until ${until}`;
    return { status: "affected", action_statement: `No action${end}: ${reason}` };
  }
  const { status, justification, text } = statement;
  if (status === "fixed") return { status, ...(text === "" ? {} : { status_notes: text }) };
  return {
    status: "not_affected",
    ...(justification !== undefined && JUSTIFICATIONS.has(justification) ? { justification } : {}),
    impact_statement: text === "" ? reason : text,
  };
}
