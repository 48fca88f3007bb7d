import type { Origin } from "./origin.ts";
import type { Place } from "./place.ts";

/** COPY or ADD of a Dockerfile: puts files into the stage's root file system, as a layer. */
export interface TransferStep {
  readonly kind: "transfer";
  readonly instruction: "COPY" | "ADD";
  readonly text: string;
  readonly place: Place;
  /** Where sources that are paths lie. */
  readonly from: Origin;
  readonly sources: readonly TransferSource[];
  /** Absolute; a directory where it ends with a slash. */
  readonly destination: string;
  /** `USER[:GROUP]`, names of the image or numbers, as it was written. */
  readonly owner: string | undefined;
  /** Octal up to 7777, or symbolic as chmod(1) takes it. */
  readonly mode: string | undefined;
  /** A layer that does not depend on those below it. */
  readonly link: boolean;
  /** Keeps the path of each source below the destination. */
  readonly parents: boolean;
  /** Patterns of .dockerignore, relative to each source. */
  readonly exclude: readonly string[];
  /** ADD: whether archives are unpacked; where it is not given, those of the context are, those of the network are not. */
  readonly unpack: boolean | undefined;
  /** ADD: what the one remote source has to be. */
  readonly checksum: string | undefined;
  /** ADD: whether .git of a cloned source stays. */
  readonly keepGitDirectory: boolean;
}

export type TransferSource =
  | {
      readonly kind: "path";
      /** From the root of the origin, cleaned; may hold patterns as filepath.Match has them. */
      readonly path: string;
      /** With `parents` and a pivot (`/./`): what follows it, which is kept below the destination. */
      readonly below: string | undefined;
    }
  | { readonly kind: "document"; readonly name: string; readonly content: string }
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "git"; readonly url: string };
