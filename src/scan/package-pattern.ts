import { type ParsedPurl, parsePurl } from "../inventory/parse-purl.ts";
import type { ScannedPackage } from "./report.ts";

/** Whether a package is the one that somebody means. */
export type PackagePattern = (of: ScannedPackage) => boolean;

/**
 * A package by name (`openssl`, also that of its source), name and version (`openssl@3.0.11-1`) or package URL, without a version for
 * any. Undefined for a package URL that is none.
 */
export function packagePattern(text: string): PackagePattern | undefined {
  if (/^pkg:/i.test(text)) {
    const purl = parsePurl(text);
    return purl && ((of) => samePackage(purl, parsePurl(of.purl)));
  }
  const at = text.lastIndexOf("@");
  const [name, version] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, undefined];
  return (of) =>
    isNamed(of, name, version) ||
    // A name may hold an @ of its own.
    (version !== undefined && isNamed(of, text, undefined));
}

/** Whether a package URL that somebody wrote is about a package: version and qualifiers count where it has them. */
export function samePackage(wanted: ParsedPurl, found: ParsedPurl | undefined): boolean {
  if (found === undefined || purlKey(wanted) !== purlKey(found)) return false;
  if (wanted.version !== "" && wanted.version !== found.version) return false;
  return [...wanted.qualifiers].every(([key, value]) => found.qualifiers.get(key) === value);
}

/** The same for all versions of a package. */
export function purlKey({ type, namespace, name, subpath }: ParsedPurl): string {
  const module = type === "golang" ? subpath : [];
  return `${type}:${normalName(type, [...namespace, name, ...module].join("/"))}`;
}

/** As packageUrl() writes it, whatever others do (purl-spec, types). */
function normalName(type: string, name: string): string {
  switch (type) {
    case "pypi":
      return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
    case "deb":
    case "apk":
    case "golang":
      return name.toLowerCase();
    default:
      return name;
  }
}

function isNamed(
  { name, version, source }: ScannedPackage,
  wanted: string,
  wantedVersion: string | undefined,
): boolean {
  return (
    (name === wanted && (wantedVersion === undefined || wantedVersion === version)) ||
    (source?.name === wanted && (wantedVersion === undefined || wantedVersion === source.version))
  );
}
