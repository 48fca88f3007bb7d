/** Kinds of packages, by the types of package URLs (purl-spec). */
export type PackageType = "deb" | "apk" | "rpm" | "pypi" | "npm" | "golang" | "cargo" | "maven" | "gem" | "generic";

/** What a record says of a package that is there; plain JSON. */
export interface PackageFacts {
  readonly type: PackageType;
  /**
   * As its ecosystem writes it: `libssl3t64`, `Flask`, `@types/node`, `golang.org/x/net`, `org.slf4j:slf4j-api`.
   * For people and for matching; packageUrl() does what purl-spec asks for.
   */
  readonly name: string;
  /** "" where the record has none. */
  readonly version: string;
  /** As the ecosystem writes it (`amd64`, `x86_64`, `all`); "" where it has none. */
  readonly architecture: string;
  /** What it was built from, where that has a name of its own: the Debian source, Alpine's origin, rpm's source package. */
  readonly source: SourcePackage | undefined;
  /** As they are recorded, mostly SPDX identifiers or expressions, in the order of the record. */
  readonly licenses: readonly string[];
  /**
   * What it needs, by names of its own type, in the order of the record. Each is a list of alternatives, of which one is
   * enough; constraints on versions are left out.
   */
  readonly dependencies: readonly (readonly string[])[];
  /** Other names that it answers to (Debian's virtual packages). */
  readonly provides?: readonly string[];
}

export interface SourcePackage {
  readonly name: string;
  readonly version: string;
}
