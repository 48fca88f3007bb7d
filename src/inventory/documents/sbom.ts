import type { SystemClaim } from "../claim.ts";
import type { PackageFacts } from "../package.ts";

/** What a document of any producer's says is in an image, a file tree or a program. */
export interface Sbom {
  readonly format: "cyclonedx" | "spdx";
  readonly specVersion: string;
  readonly subject: SbomSubject;
  readonly system: SystemClaim | undefined;
  /** By package URL, each once. */
  readonly packages: readonly SbomPackage[];
  /** Packages that the document has besides: without a package URL that can be read, or of a type that is not known. */
  readonly leftOut: number;
  /** What the document has and this has not. */
  readonly warnings: readonly string[];
}

/** What the document is about, as far as it says. */
export interface SbomSubject {
  readonly name: string | undefined;
  readonly imageID: string | undefined;
  readonly manifestDigest: string | undefined;
}

export interface SbomPackage {
  /** `dependencies` are those that the document has packages for, then those that it says are missing. */
  readonly facts: PackageFacts;
  readonly purl: string;
  readonly locations: readonly SbomLocation[];
  /** Package URLs of packages of the document. */
  readonly dependsOn: readonly string[];
  /** Of a package of Debian's or Alpine's kind, in a document that names no sources: what it was built from may have any name. */
  readonly sourceUntold?: true;
}

/** As the document has it; nothing need be there. */
export interface SbomLocation {
  readonly path: string;
  /** DiffID, where the document says so. */
  readonly layer: string | undefined;
  readonly inside: string | undefined;
}
