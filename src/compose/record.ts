import type { Digest } from "../lib/digest.ts";
import type { SliceName } from "../plan/names.ts";
import type { Reason } from "./closure.ts";
import type { Unloadable } from "./missing-libraries.ts";

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
}>;

/** One layer of a composed base: a tier of the catalogue, or the packages that were asked for beside it. */
export type LayerRecord = Readonly<{ diffID: Digest; createdBy: string }>;

/** What composing made and why; plain JSON, remembered in the store. */
export type ComposeRecord = Readonly<{
  layers: readonly LayerRecord[];
  /** Entries of the root file system that are no directories. */
  files: number;
  packages: readonly PackageRecord[];
  dropped: readonly Readonly<{ name: string; why: string }>[];
  /** Plugins that cannot be loaded, because packages that nobody asked for have their libraries. */
  unloadable: readonly Unloadable[];
  leftOut: readonly Readonly<{ slice: SliceName; files: number; bytes: number }>[];
}>;
