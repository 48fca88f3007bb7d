import type { RootPath } from "../rootfs/path.ts";
import type { PackageFacts } from "./package.ts";

/** Where an image says that a package is there. */
export interface PackageLocation {
  /** The file that says so; of what was copied from elsewhere, the first file of it. */
  readonly record: RootPath;
  /** Number of its layer, from below. */
  readonly layer: number;
  /** The path inside of it, for what lies in an archive. */
  readonly inside: string | undefined;
}

/** A package before it is known which files are there and whose they are. */
export interface FoundPackage {
  readonly facts: PackageFacts;
  readonly purl: string;
  readonly locations: readonly PackageLocation[];
  /** As its records have them: see PackageClaim. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
  /** MD5 by path as in `files`, where that is recorded. */
  readonly md5: ReadonlyMap<string, string>;
  /** The layer in which its files were last listed: what a later one has in their place is no longer the package's. */
  readonly listedIn: number;
  /** The layers of files that steps took from elsewhere, by path as in `files`: these are not changed before a later one. */
  readonly carriedIn: ReadonlyMap<string, number>;
  /** Of the system's own package manager: such a package's files are nobody else's. */
  readonly isOfSystem: boolean;
  /** Where a step took it from, for what has no record in the image: "stage build". */
  readonly carriedFrom: string | undefined;
}
