import type { AttackSurface } from "../inventory/surface/attack-surface.ts";
import type { Digest } from "../lib/digest.ts";
import type { OwnedBytes } from "./owner-changes.ts";
import type { ComparedPackage } from "./package-changes.ts";
import type { Vulnerabilities } from "./vulnerabilities.ts";

/** Bytes in both forms; they are never added or compared with one another. */
export interface BothSizes {
  /** As layers are sent and kept by registries. */
  readonly compressed: number;
  /** As tar streams. */
  readonly uncompressed: number;
}

/** A layer, lowest first. */
export interface LayerFacts extends BothSizes {
  readonly diffID: Digest;
  /** The step of the history that made it; null where that is not known. */
  readonly step: string | null;
}

/** What is known of one image, all of it plain values. */
export interface ImageFacts extends OwnedBytes {
  /** What the user called it. */
  readonly name: string;
  readonly imageID: Digest;
  /** `linux/amd64` */
  readonly platform: string;
  readonly sizes: BothSizes;
  /** True where layers lie unpacked, and their compressed size is what gzip at level 6 makes of them. */
  readonly compressedHere: boolean;
  readonly layers: readonly LayerFacts[];
  readonly packages: readonly ComparedPackage[];
  /** Entries that are no directories, and the bytes of all files, each counted once whatever names it has. */
  readonly files: { readonly count: number; readonly bytes: number };
  readonly surface: AttackSurface;
  readonly vulnerabilities: Vulnerabilities;
  /** What could not be read. */
  readonly warnings: readonly string[];
}
