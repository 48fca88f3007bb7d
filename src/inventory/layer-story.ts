import type { RootPath } from "../rootfs/path.ts";
import type { ComposedLayer } from "./composed-layer.ts";
import type { PackageFacts } from "./package.ts";

/** What is known of how a layer came to be: by its builder, else by the history of the image's config. */
export interface LayerStory {
  /**
   * "base": of what the build began with; "step": of an instruction; "told": of a step, if what the image itself says of its
   * history is true; "unknown": nobody says anything.
   */
  readonly kind: "base" | "step" | "told" | "unknown";
  /** The instruction as it was written, or what the history says; "" where nothing is known. */
  readonly text: string;
  /** Name or number of the stage, and line in the build file (from 1), where the builder says so. */
  readonly stage: string | undefined;
  readonly line: number | undefined;
  /** What the step put where. */
  readonly moves: readonly StoryMove[];
  /** Packages that were known again by the content of files; `origin` says from where. */
  readonly recognised?: readonly Pick<StoryMove, "origin" | "packages">[];
  /** Of a layer that was composed here. */
  readonly composed: ComposedLayer | undefined;
}

/** Something that a step put somewhere, with all below it. Paths as people write them. */
export interface StoryMove {
  readonly from: string;
  /** "context", "stage build", the name of an image, an address. */
  readonly origin: string;
  readonly to: string;
  /** What of it was of packages where it came from. */
  readonly packages: readonly CarriedPackage[];
}

/** A package of which a step copied files from elsewhere; paths are where they went. */
export interface CarriedPackage {
  readonly package: PackageFacts;
  /** With the system that it came from. */
  readonly purl: string;
  readonly files: readonly RootPath[];
}

export const UNKNOWN_STORY: LayerStory = {
  kind: "unknown",
  text: "",
  stage: undefined,
  line: undefined,
  moves: [],
  composed: undefined,
};
