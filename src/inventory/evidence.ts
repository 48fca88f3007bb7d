import type { RootPath } from "../rootfs/path.ts";
import type { Claim } from "./claim.ts";

/** What one layer says, whatever lies below it; plain JSON, and the same for the same layer. */
export interface LayerEvidence {
  /** In the order of the layer. */
  readonly records: readonly LayerRecord[];
  /** Files of the layer, and the bytes of their contents; each hard link counts as no further bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly warnings: readonly string[];
}

/** A file of the layer that claims something. */
export interface LayerRecord {
  readonly path: RootPath;
  readonly cataloger: string;
  readonly claims: readonly Claim[];
}
