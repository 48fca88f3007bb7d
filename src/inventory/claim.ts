import type { PackageFacts, PackageType } from "./package.ts";

/**
 * What one file of a layer says, whatever the other layers hold; plain JSON, kept with the layer. Paths are bytes as
 * latin1, from the root, without a slash in front, as the record has them: links may lie on their way, and nothing need
 * be there.
 */
export type Claim = PackageClaim | FilesClaim | LicensesClaim | SystemClaim | ElfClaim;

/** A package is there. */
export interface PackageClaim {
  readonly kind: "package";
  readonly package: PackageFacts;
  /** Files and links of the package. */
  readonly files: readonly string[];
  /** Directories of which everything is the package's, but for what a package further down claims. */
  readonly directories: readonly string[];
  /** The same package once more inside another file (a jar in a jar): the path in it, for people. */
  readonly inside?: string;
}

/** Files of a package that another record speaks of (dpkg's .list and .md5sums). */
export interface FilesClaim {
  readonly kind: "files";
  readonly type: PackageType;
  readonly name: string;
  /** Undefined where the record does not say. */
  readonly architecture: string | undefined;
  readonly files: readonly string[];
  /** MD5 of files in hexadecimal digits, in the order of `files`; empty where they are not recorded. */
  readonly md5: readonly string[];
}

/** Licences of a package that another record speaks of (Debian's copyright files). */
export interface LicensesClaim {
  readonly kind: "licenses";
  readonly type: PackageType;
  readonly name: string;
  readonly licenses: readonly string[];
}

/** What the operating system calls itself (os-release(5)). */
export interface SystemClaim {
  readonly kind: "system";
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionID: string;
  readonly codename: string;
  readonly name: string;
}

/** What an ELF file asks the dynamic loader for. */
export interface ElfClaim {
  readonly kind: "elf";
  readonly soname: string | undefined;
  readonly needed: readonly string[];
}
