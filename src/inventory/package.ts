/** Kinds of packages, by the types of package URLs (purl-spec). */
export type PackageType = "deb" | "apk" | "rpm" | "pypi" | "npm" | "golang" | "cargo" | "maven" | "gem" | "generic";

/** What a record says of a package that is there; plain JSON. */
export type PackageFacts = Readonly<{
  type: PackageType;
  /**
   * As its ecosystem writes it: `libssl3t64`, `Flask`, `@types/node`, `golang.org/x/net`, `org.slf4j:slf4j-api`.
   * For people and for matching; packageUrl() does what purl-spec asks for.
   */
  name: string;
  /** "" where the record has none. */
  version: string;
  /** As the ecosystem writes it (`amd64`, `x86_64`, `all`); "" where it has none. */
  architecture: string;
  /** What it was built from, where that has a name of its own: the Debian source, Alpine's origin, rpm's source package. */
  source: SourcePackage | undefined;
  /** As they are recorded, mostly SPDX identifiers or expressions, in the order of the record. */
  licenses: readonly string[];
  /**
   * What it needs, by names of its own type, in the order of the record. Each is a list of alternatives, of which one is
   * enough; constraints on versions are left out.
   */
  dependencies: readonly (readonly string[])[];
  /** Other names that it answers to (Debian's virtual packages). */
  provides?: readonly string[];
}>;

export type SourcePackage = Readonly<{ name: string; version: string }>;
