import type { PackageFacts } from "./package.ts";

/** The system that a package is of, by its ID and VERSION_ID (os-release(5)). */
export interface PackageSystem {
  readonly id: string;
  readonly versionID: string;
}

/** The package URL (purl-spec) of a package. Packages of systems have `system` as namespace and qualifier, where it is known. */
export function packageUrl(of: PackageFacts, system: PackageSystem | undefined): string {
  const { type, name, version } = of;
  const behind = version === "" ? "" : `@${encoded(version)}`;
  switch (type) {
    case "deb":
    case "apk":
    case "rpm": {
      const namespace = system === undefined ? "" : `${encoded(system.id)}/`;
      const own = encoded(type === "rpm" ? name : name.toLowerCase());
      const [epoch, rest] = type === "rpm" ? splitEpoch(version) : ["", version];
      return `pkg:${type}/${namespace}${own}${rest === "" ? "" : `@${encoded(rest)}`}${qualifiersOf(of, system, epoch)}`;
    }
    case "pypi":
      return `pkg:pypi/${encoded(name.toLowerCase().replaceAll(/[-_.]+/g, "-"))}${behind}`;
    case "maven":
      return `pkg:maven/${pathOf(name.split(":"))}${behind}`;
    case "npm":
      return `pkg:npm/${pathOf(name.split("/"))}${behind}`;
    case "golang":
      // purl-spec asks for lower case here, whatever Go itself makes of capitals.
      return `pkg:golang/${pathOf(name.toLowerCase().split("/"))}${behind}`;
    default:
      return `pkg:${type}/${encoded(name)}${behind}`;
  }
}

/** purl-spec, type rpm: the epoch is a qualifier. */
function splitEpoch(version: string): readonly [epoch: string, rest: string] {
  const [, epoch = "", rest = version] = /^(\d+):(.*)$/s.exec(version) ?? [];
  return [epoch, rest];
}

function qualifiersOf({ architecture }: PackageFacts, system: PackageSystem | undefined, epoch: string): string {
  const distro = system === undefined || system.versionID === "" ? "" : `${system.id}-${system.versionID}`;
  const all = [
    ["arch", architecture],
    ["distro", distro],
    ["epoch", epoch],
  ].filter(([, value]) => value !== "");
  return all.length === 0 ? "" : `?${all.map(([key, value = ""]) => `${key}=${encoded(value)}`).join("&")}`;
}

/** Nothing stands between two slashes of a package URL: `a/@1` would be version 1 of a to nobody. */
function pathOf(segments: readonly string[]): string {
  return segments
    .filter((segment) => segment !== "")
    .map(encoded)
    .join("/");
}

/** A record may hold half of a surrogate pair, of which no URL can be made. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
