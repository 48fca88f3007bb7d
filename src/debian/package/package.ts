import type { Digest } from "../../lib/digest.ts";
import type { Dependency, Provided } from "./relation.ts";

/** A binary package as its archive's index describes it (Debian Policy 5.3, deb-control(5)). */
export interface BinaryPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source it was built from; advisories speak of sources. */
  readonly source: { readonly name: string; readonly version: string };
  readonly essential: boolean;
  readonly priority: string;
  readonly section: string;
  /** "" | same | foreign | allowed | no */
  readonly multiArch: string;
  readonly depends: Dependency;
  readonly preDepends: Dependency;
  readonly conflicts: Dependency;
  readonly breaks: Dependency;
  readonly replaces: Dependency;
  readonly provides: readonly Provided[];
  /** KiB; an estimate of the packager's. */
  readonly installedSize: number;
  /** Path of the .deb below the archive's URI. */
  readonly filename: string;
  /** Bytes of the .deb. */
  readonly size: number;
  readonly digest: Digest;
  /** Position of the archive that it came from in the list of archives. */
  readonly archive: number;
}
