import type { StageImage } from "../plan/plan.ts";
import type { FileState } from "./file-state.ts";
import type { StageLayer } from "./stage-layer.ts";

/** A stage after one of its steps. Each step makes another one. */
export interface StageState {
  readonly files: FileState;
  /** Lowest first. */
  readonly layers: readonly StageLayer[];
  /** What the image of the stage would say. Entries of the history that the base does not bring have no time yet. */
  readonly image: StageImage;
  /** Those of the layers that hold files of an app described by a distill.yaml. */
  readonly appLayers: readonly StageLayer[];
  /** Layers of the base of which its history does not tell. */
  readonly unknownHistory: number;
}
