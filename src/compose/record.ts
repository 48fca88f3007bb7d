import type { Digest } from "../lib/digest.ts";
import type { SliceName } from "../plan/names.ts";
import type { Reason } from "./choice/closure.ts";
import type { Unloadable } from "./choice/missing-libraries.ts";
import type { ScriptCommand } from "./scripts/script-work.ts";

/** One package of a composed base. */
export type PackageRecord = Readonly<{
  name: string;
  version: string;
  architecture: string;
  purl: string;
  source: Readonly<{ name: string; version: string }>;
  /** The tier that brought it, or "packages" for what was asked for beside the base. */
  tier: string;
  reason: Reason;
  /** Bytes of its files in the image. */
  bytes: number;
  /** Its dependencies that are not in the image, on purpose. */
  ignored: readonly Readonly<{ relation: string; reason: string }>[];
  /** The archive's version, where a constraint asked for a lower one. */
  newer: string | null;
  scripts: ScriptRecord;
}>;

/** What became of the commands that a package's maintainer scripts would have run. */
export type ScriptRecord = Readonly<{
  /** Done by pieces. */
  done: readonly ScriptCommand[];
  /** Not done. */
  undone: readonly ScriptCommand[];
  /** For scripts that a person has read in place of the program: what stands for them. */
  reviewed: string | null;
}>;

/** A package that was fetched: all that has to be known to fetch the same one again, and to choose it again. */
export type ChosenPackage = Readonly<{
  name: string;
  version: string;
  architecture: string;
  source: Readonly<{ name: string; version: string }>;
  /** Position of its archive among those of the package source. */
  archive: number;
  /** Path of the .deb below the archive. */
  filename: string;
  /** Bytes of the .deb. */
  size: number;
  digest: Digest;
  /** The tiers that it was chosen for; more than one where a lower tier dropped it. */
  tiers: readonly string[];
  /** Its dependencies that nothing satisfies, on purpose. */
  ignored: readonly Readonly<{ relation: string; reason: string }>[];
}>;

/** One layer of a composed base: a tier of the catalogue, or the packages that were asked for beside it. */
export type LayerRecord = Readonly<{ diffID: Digest; createdBy: string }>;

/** What composing made and why; plain JSON, remembered in the store. */
export type ComposeRecord = Readonly<{
  layers: readonly LayerRecord[];
  /** Entries of the root file system that are no directories. */
  files: number;
  packages: readonly PackageRecord[];
  /** The packages before any was dropped, by name. */
  choice: readonly ChosenPackage[];
  dropped: readonly Readonly<{ name: string; why: string }>[];
  /** Plugins that cannot be loaded, because packages that nobody asked for have their libraries. */
  unloadable: readonly Unloadable[];
  leftOut: readonly Readonly<{ slice: SliceName; files: number; bytes: number }>[];
}>;
