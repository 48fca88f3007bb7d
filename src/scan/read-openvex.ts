import {
  asObject,
  type JsonObject,
  optionalObject,
  optionalObjects,
  optionalString,
  optionalStringMap,
  optionalStrings,
  parseJsonObject,
  requiredObjects,
  requiredString,
} from "../image/json.ts";
import { type ParsedPurl, parsePurl } from "../inventory/parse-purl.ts";
import { DistillError } from "../lib/errors.ts";
import type { VexStatement } from "./report.ts";

/** A statement of an OpenVEX document (0.2.0). */
export interface ReadStatement extends VexStatement {
  /** Of the flaw, in lower case. */
  readonly names: readonly string[];
  readonly products: readonly VexProduct[];
  /** Milliseconds since the epoch; -Infinity where it does not say. */
  readonly time: number;
}

export interface VexComponent {
  /** The package URL that it is, where it says so. */
  readonly purl: ParsedPurl | undefined;
  /** Everything that it may be called. */
  readonly identifiers: readonly string[];
  /** SHA-256, as `sha256:...`. */
  readonly digest: string | undefined;
}

export interface VexProduct extends VexComponent {
  readonly subcomponents: readonly VexComponent[];
}

/** Longest document that is read. */
export const MAX_VEX = 16 << 20;
const MAX_STATEMENTS = 50_000;
const MAX_COMPONENTS = 200_000;
const MAX_TEXT = 2000;

const STATUSES: readonly VexStatement["status"][] = ["not_affected", "affected", "fixed", "under_investigation"];

/**
 * Reads an OpenVEX document, alone or in an in-toto statement; `file` names it. FORMAT_INVALID with the place of what is wrong in it,
 * UNSUPPORTED for a document of another kind, LIMIT_EXCEEDED.
 */
export function readOpenVex(bytes: Uint8Array, file: string): readonly ReadStatement[] {
  const outer = parseJsonObject(bytes, file, MAX_VEX);
  const isAttested = outer.fields.has("predicate") && outer.fields.has("_type");
  const document = isAttested ? asObject(outer.fields.get("predicate"), `${file}: predicate`) : outer;
  const context = document.fields.get("@context");
  if (typeof context !== "string" || !context.startsWith("https://openvex.dev/ns")) {
    throw new DistillError("UNSUPPORTED", `${file} is no OpenVEX document`, {
      hint: "its @context must begin with https://openvex.dev/ns",
    });
  }
  const statements = requiredObjects(document, "statements");
  if (statements.length > MAX_STATEMENTS) throw tooMany(file, MAX_STATEMENTS, "statements");
  let components = 0;
  return statements.map((statement, index) => {
    const read = readStatement(statement, timeOf(document), `${file}: statement ${index + 1}`);
    components += read.products.reduce((sum, { subcomponents }) => sum + 1 + subcomponents.length, 0);
    if (components > MAX_COMPONENTS) throw tooMany(file, MAX_COMPONENTS, "products and subcomponents");
    return read;
  });
}

function readStatement(statement: JsonObject, documentTime: number, where: string): ReadStatement {
  const status = statusOf(statement);
  const time = timeOf(statement);
  const texts = ["impact_statement", "action_statement", "status_notes"].map((key) => optionalString(statement, key));
  return {
    ...{ status, where },
    names: namesOf(statement),
    products: (optionalObjects(statement, "products") ?? []).map((product) => ({
      ...readComponent(product),
      subcomponents: (optionalObjects(product, "subcomponents") ?? []).map(readComponent),
    })),
    justification: optionalString(statement, "justification")?.slice(0, MAX_TEXT).toWellFormed(),
    text: texts
      .filter((text) => text !== undefined)
      .join("; ")
      .slice(0, MAX_TEXT)
      .toWellFormed(),
    time: Number.isFinite(time) ? time : documentTime,
  };
}

function statusOf(statement: JsonObject): VexStatement["status"] {
  const status = requiredString(statement, "status");
  const known = STATUSES.find((each) => each === status);
  if (known !== undefined) return known;
  throw new DistillError("FORMAT_INVALID", `${statement.what}: status must be one of ${STATUSES.join(", ")}`);
}

/** Version 0.0.1 had a name alone, where later ones have an object. */
function namesOf(statement: JsonObject): readonly string[] {
  const plain = statement.fields.get("vulnerability");
  if (typeof plain === "string") return [plain.toLowerCase()];
  const vulnerability = optionalObject(statement, "vulnerability");
  if (vulnerability === undefined) {
    throw new DistillError("FORMAT_INVALID", `${statement.what}: vulnerability must be an object`);
  }
  const address = optionalString(vulnerability, "@id");
  const names = [
    optionalString(vulnerability, "name"),
    address?.slice(address.lastIndexOf("/") + 1),
    ...(optionalStrings(vulnerability, "aliases") ?? []),
  ];
  return names.filter((name) => name !== undefined && name !== "").map((name) => name?.toLowerCase() ?? "");
}

function readComponent(component: JsonObject): VexComponent {
  const id = optionalString(component, "@id");
  const identifiers = optionalStringMap(component, "identifiers") ?? {};
  const hashes = optionalStringMap(component, "hashes") ?? {};
  const written = [id, ...Object.values(identifiers)].filter((text) => text !== undefined);
  const purl = [identifiers.purl, id].find((text) => text !== undefined && /^pkg:/i.test(text));
  const sha256 = (hashes["sha-256"] ?? hashes.sha256)?.toLowerCase().replace(/^sha256:/, "");
  return {
    purl: purl === undefined ? undefined : parsePurl(purl),
    identifiers: written,
    digest: sha256 === undefined ? undefined : `sha256:${sha256}`,
  };
}

function timeOf(object: JsonObject): number {
  const text = optionalString(object, "last_updated") ?? optionalString(object, "timestamp");
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
}

function tooMany(file: string, limit: number, what: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `${file} has more than ${limit} ${what}`);
}
