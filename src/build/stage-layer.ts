import type { Digest } from "../lib/digest.ts";
import type { LayerPart } from "../store/images.ts";
import type { CarriedPackage } from "./transfer/carried-packages.ts";

/** A layer as it was made, or found in the store. */
export type MadeLayer = Readonly<{
  diffID: Digest;
  /** Entries of the root file system up to here that are no directories, where that is known. */
  files: number | undefined;
  /** What the step put where; see LayerRecord. */
  moves?: readonly FileMove[];
}>;

/** Something that a step put somewhere, with all below it. Paths as people write them. */
export type FileMove = Readonly<{
  /** Where it came from: a path of `origin`, or an address. */
  from: string;
  /** "context", "stage build", the name of an image, an address. */
  origin: string;
  to: string;
  /** Of which packages its files were there. */
  packages?: readonly CarriedPackage[];
}>;

/** A layer of a stage that may have to be made yet. */
export interface StageLayer {
  readonly step: LayerStep | undefined;
  /** How the image is to name it, where not by its diffID alone. */
  readonly part?: LayerPart | undefined;
  /** Makes it once, however many ask. */
  made(): Promise<MadeLayer>;
}

/** Where a layer of a built image comes from (DESIGN 3, owners: what only the builder knows). */
export type LayerRecord = Readonly<{
  diffID: Digest;
  /** Absent for a layer of a base. */
  step?: LayerStep;
  moves?: readonly FileMove[];
}>;

/** The step that makes a layer. */
export type LayerStep = Readonly<{ text: string; stage: string; line: number | undefined }>;

/** A layer that is there. */
export function knownLayer(diffID: Digest, files?: number, part?: LayerPart): StageLayer {
  return { step: undefined, part, made: async () => ({ diffID, files }) };
}

/** Calls `make` when the layer is first asked for. */
export function lazyLayer(step: StageLayer["step"], make: () => Promise<MadeLayer>): StageLayer {
  let made: Promise<MadeLayer> | undefined;
  return {
    step,
    made: () => {
      made ??= make();
      return made;
    },
  };
}
