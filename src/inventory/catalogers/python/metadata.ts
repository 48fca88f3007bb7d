/** What a distribution says of itself. */
export interface PythonMetadata {
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly string[];
  /** Names of distributions that it needs whatever extras are asked for. */
  readonly needs: readonly string[];
}

const WANTED = new Set(["name", "version", "license", "license-expression", "classifier", "requires-dist"]);
const MAX_VALUES = 10_000;
const MAX_LICENSE = 128;

/** Names as packaging.python.org has them, with what older tools let through; versions without blanks, not endless. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,213}$/;
const VERSION = /^[!-~]{1,255}$/;
const REQUIRED = /^[ \t]*([A-Za-z0-9][A-Za-z0-9._-]{0,213})/;

/**
 * The core metadata of a METADATA or PKG-INFO file (packaging.python.org, "Core metadata specifications"): headers up to the
 * first empty line. Undefined where name or version are missing or are none.
 */
export function pythonMetadata(text: string): PythonMetadata | undefined {
  const headers = headersOf(text);
  const [name = ""] = headers.get("name") ?? [];
  const [version = ""] = headers.get("version") ?? [];
  if (!NAME.test(name) || !VERSION.test(version)) return undefined;
  const needs = needsOf(headers.get("requires-dist") ?? []);
  return { name, version, licenses: licensesOf(headers), needs };
}

/** The names in requirements (PEP 508), each once, without those that only an extra asks for. */
export function needsOf(requirements: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const requirement of requirements) {
    const marker = requirement.indexOf(";");
    if (marker >= 0 && /\bextra\b/.test(requirement.slice(marker))) continue;
    const [, name] = REQUIRED.exec(requirement) ?? [];
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

/** The requirements of a requires.txt of setuptools: those above all sections, and of sections that name a marker only. */
export function requirementsOf(text: string): readonly string[] {
  const requirements: string[] = [];
  let counts = true;
  for (const line of text.split("\n", MAX_VALUES)) {
    if (line.startsWith("[")) counts = line.startsWith("[:");
    else if (counts && line.trim() !== "") requirements.push(line);
  }
  return requirements;
}

function headersOf(text: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  let count = 0;
  for (const line of linesOf(text)) {
    if (line === "") break;
    if (line[0] === " " || line[0] === "\t") {
      if (last !== undefined) last[last.length - 1] += "\n";
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 || colon > 64 ? "" : line.slice(0, colon).toLowerCase();
    last = undefined;
    if (!WANTED.has(name) || ++count > MAX_VALUES) continue;
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  return headers;
}

function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const line = text.slice(at, end < 0 ? text.length : end);
    yield line.endsWith("\r") ? line.slice(0, -1) : line;
    if (end < 0) return;
    at = end + 1;
  }
}

/** The field License is a name in good metadata, and a whole text in other; classifiers stand in for it then. */
function licensesOf(headers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const named = [...(headers.get("license-expression") ?? []), ...(headers.get("license") ?? [])].filter(isLicenseName);
  if (named[0] !== undefined) return [named[0]];
  const classified = (headers.get("classifier") ?? [])
    .filter((classifier) => classifier.startsWith("License ::"))
    .map((classifier) => classifier.slice(classifier.lastIndexOf("::") + 2).trim())
    .filter((license) => license !== "OSI Approved" && isLicenseName(license));
  return [...new Set(classified)];
}

function isLicenseName(text: string): boolean {
  return text !== "" && text.length <= MAX_LICENSE && !text.includes("\n") && text.toUpperCase() !== "UNKNOWN";
}
