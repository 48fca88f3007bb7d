import type { Digest } from "../lib/digest.ts";

/** Who put a path where it is. Values are shared, so that an entry costs one reference. */
export type Owner =
  | { readonly kind: "package"; readonly purl: string; readonly evidence: "dpkg" }
  | { readonly kind: "composed"; readonly piece: string }
  | { readonly kind: "context"; readonly path: string }
  /** What an instruction of a build made itself, such as a directory. `line` counts from 1. */
  | { readonly kind: "step"; readonly stage: string; readonly line: number }
  /** A file that came over the network. */
  | { readonly kind: "remote"; readonly url: string }
  | { readonly kind: "base"; readonly digest: Digest }
  | { readonly kind: "unknown" };

export const UNKNOWN_OWNER: Owner = { kind: "unknown" };
