import type { PackageFacts, SourcePackage } from "../../package.ts";
import { recordedPath } from "../recorded-path.ts";
import { isPackageName, isVersion } from "./names.ts";

/** The fields of a stanza that are read here. */
export const STANZA_FIELDS: ReadonlySet<string> = new Set([
  "package",
  "status",
  "version",
  "architecture",
  "source",
  "depends",
  "pre-depends",
  "provides",
  "conffiles",
]);

/** States of a package whose files are not there (deb-status in dpkg's sources: the third word of Status). */
const ABSENT: ReadonlySet<string> = new Set(["not-installed", "config-files"]);

/** A name, its architecture, and what constrains it (Debian Policy 7.1), of which only the name is of use here. */
const RELATION = /^\s*([A-Za-z0-9][A-Za-z0-9+._-]{0,254})(?::[a-z0-9-]+)?(?=[\s([<]|$)/;

const SOURCE = /^([A-Za-z0-9][A-Za-z0-9+._-]{0,254})(?:\s*\(([^()\s]{1,255})\))?$/;

/** Path and checksum of a conffile, and what dpkg thinks of it (dpkg-query(1), Conffiles). The path may have blanks. */
const CONFFILE = /^\/?(.+) (?:[0-9a-f]{32}|newconffile)$/;
const CONFFILE_FLAG = /(?: obsolete| remove-on-upgrade){1,2}$/;

type Fields = ReadonlyMap<string, string>;

/** The package of a stanza; "absent" where its files are not there, undefined where it is no stanza of dpkg's. */
export function packageOfStanza(fields: Fields): PackageFacts | "absent" | undefined {
  const name = fields.get("package") ?? "";
  if (!isPackageName(name)) return undefined;
  const [, , state] = (fields.get("status") ?? "install ok installed").split(/\s+/);
  if (ABSENT.has(state ?? "")) return "absent";
  const version = fields.get("version") ?? "";
  const architecture = fields.get("architecture") ?? "";
  if (!isVersion(version) || (architecture !== "" && !isPackageName(architecture))) return undefined;
  const facts: PackageFacts = {
    type: "deb",
    name,
    version,
    architecture,
    source: sourceOf(fields.get("source"), name, version),
    licenses: [],
    dependencies: uniqueClauses([fields.get("depends"), fields.get("pre-depends")]),
  };
  const provides = clausesOf(fields.get("provides")).flat();
  return provides.length === 0 ? facts : { ...facts, provides };
}

/** Paths of configuration files of a stanza, and how many lines are none. */
export function conffilesOf(fields: Fields): { readonly files: readonly string[]; readonly refused: number } {
  const lines = (fields.get("conffiles") ?? "").split("\n").filter((line) => line !== "");
  const files = lines.flatMap((line) => {
    const [, path = ""] = CONFFILE.exec(line.replace(CONFFILE_FLAG, "")) ?? [];
    return recordedPath(path) || [];
  });
  return { files, refused: lines.length - files.length };
}

/** Debian Policy 5.6.1: `Source: NAME (VERSION)`; without a version that of the package. Undefined for the package itself. */
function sourceOf(field: string | undefined, name: string, version: string): SourcePackage | undefined {
  const [, source = name, sourceVersion = version] = SOURCE.exec(field ?? "") ?? [];
  return source === name && sourceVersion === version ? undefined : { name: source, version: sourceVersion };
}

function uniqueClauses(fields: readonly (string | undefined)[]): readonly (readonly string[])[] {
  const clauses = fields.flatMap((field) => clausesOf(field));
  return [...new Map(clauses.map((clause) => [clause.join("|"), clause])).values()];
}

/** The names of a field of relations: all of the clauses, of each one alternative. What is no relation is left out. */
function clausesOf(field: string | undefined): readonly (readonly string[])[] {
  if (field === undefined || field === "") return [];
  return field.split(",").flatMap((clause) => {
    const names = clause.split("|").flatMap((relation) => RELATION.exec(relation)?.[1] ?? []);
    return names.length === 0 ? [] : [[...new Set(names)]];
  });
}
