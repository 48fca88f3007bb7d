import type { PackageFacts } from "../../inventory/package.ts";
import { systemOf } from "./system-of.ts";
import type { MatchedPackage } from "./verdict.ts";

/** A package of Debian's, as Debian's security data calls it. */
export interface DebianPackage {
  /** Of the release: `trixie`. `sid` for testing's and unstable's. */
  readonly codename: string;
  readonly source: string;
  readonly version: string;
}

/** Versions of Debian by which a system can call itself; the tracker goes by codenames. */
const CODENAMES: Readonly<Record<string, string>> = {
  "7": "wheezy",
  "8": "jessie",
  "9": "stretch",
  "10": "buster",
  "11": "bullseye",
  "12": "bookworm",
  "13": "trixie",
  "14": "forky",
  "15": "duke",
  testing: "sid",
  unstable: "sid",
  sid: "sid",
};

const KNOWN = new Set(Object.values(CODENAMES));

/**
 * The Debian source package that a package was built from, and the release it is of. Undefined where it is no package of
 * Debian's own, or does not say of which release: testing and unstable name none in os-release(5), and neither do some
 * documents of others, so that what says nothing may be of any. Nor where nobody says which source it was.
 */
export function debianPackage({ facts, purl, sourceUntold }: MatchedPackage): DebianPackage | undefined {
  if (facts.type !== "deb" || sourceUntold === true) return undefined;
  const { id, version } = systemOf(purl);
  const codename = id === "debian" ? debianCodename(version) : undefined;
  if (codename === undefined) return undefined;
  const source = sourceOf(facts);
  return { codename, source: source.name, version: source.version };
}

/** `trixie` of "13", "13.2" or "trixie"; undefined for what is no release. */
export function debianCodename(version: string): string | undefined {
  if (KNOWN.has(version)) return version;
  const major = /^(\d{1,3})(?:\.\d{1,3})*$/.exec(version)?.[1] ?? version;
  return Object.hasOwn(CODENAMES, major) ? CODENAMES[major] : undefined;
}

/**
 * What advisories of a distribution are about: the source package. Without one on record it has the name of the package, and
 * without a version of its own (`Source: bzip2`) that of the package (deb-src-control(5), "Source").
 */
export function sourceOf({ name, version, source }: PackageFacts): { readonly name: string; readonly version: string } {
  if (source === undefined || source.name === "") return { name, version };
  return { name: source.name, version: source.version === "" ? version : source.version };
}
