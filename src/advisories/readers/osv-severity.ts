import type { SeverityClaim } from "../advisory.ts";
import { type Fields, listOf, mapOf, optionalMapOf, wordOf } from "./fields.ts";

const MAX_CLAIMS = 100;
const MAX_VALUE = 500;

/** Databases by the beginning of their ids, where people call them otherwise. */
const DATABASES: Readonly<Record<string, string>> = {
  ALPINE: "Alpine",
  CVE: "NVD",
  DEBIAN: "Debian",
  DLA: "Debian",
  DSA: "Debian",
  GO: "Go",
  LSN: "Ubuntu",
  UBUNTU: "Ubuntu",
  USN: "Ubuntu",
};

/** Who speaks in a record: "GHSA", "PYSEC", "Go", "Ubuntu". */
export function databaseOf(id: string): string {
  const end = id.indexOf("-");
  const beginning = end < 0 ? id : id.slice(0, end);
  return Object.hasOwn(DATABASES, beginning) ? (DATABASES[beginning] as string) : beginning;
}

const VECTORS: ReadonlySet<unknown> = new Set(["CVSS_V2", "CVSS_V3", "CVSS_V4"]);

/** Debian's urgencies that are about how bad it is. */
const URGENCIES: ReadonlySet<string> = new Set(["low", "medium", "high"]);

/**
 * How bad a record, or one block of it, says that it is: vectors of CVSS, the priority of Ubuntu (`severity` with the type
 * Ubuntu; once `ubuntu_priority`), the word that databases have for it (`database_specific.severity`), and Debian's urgency.
 */
export function readSeverities(fields: Fields, database: string, what: string, path: string): readonly SeverityClaim[] {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const claims: SeverityClaim[] = [];
  for (const [index, value] of listOf(fields.severity, what, at("severity"), MAX_CLAIMS).entries()) {
    const place = at(`severity[${index}]`);
    const { type, score } = mapOf(value, what, place);
    if (VECTORS.has(type)) {
      const vector = wordOf(score, what, `${place}.score`, MAX_VALUE);
      claims.push({ source: database, type: type as SeverityClaim["type"], value: vector });
    } else if (type === "Ubuntu") {
      claims.push({ source: "Ubuntu", type: "label", value: wordOf(score, what, `${place}.score`, MAX_VALUE) });
    }
  }
  const { severity } = optionalMapOf(fields.database_specific, what, at("database_specific"));
  // What stands there is the database's own affair: other things than words occur.
  if (isWord(severity)) claims.push({ source: database, type: "label", value: severity });
  const { urgency, ubuntu_priority } = optionalMapOf(fields.ecosystem_specific, what, at("ecosystem_specific"));
  // Ubuntu's records had it there until the schema had a type for it.
  if (isWord(ubuntu_priority)) claims.push({ source: "Ubuntu", type: "label", value: ubuntu_priority });
  const urgent = isWord(urgency) ? urgency.replace(/\*+$/, "") : "";
  if (URGENCIES.has(urgent)) claims.push({ source: database, type: "label", value: urgent });
  return claims;
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z][A-Za-z *_-]{0,40}$/.test(value);
}
