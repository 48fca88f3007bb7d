import type { ContainerConfig, HistoryEntry } from "../image/config.ts";
import type { Platform } from "../image/platform.ts";
import type { ComposeStep } from "./compose-step.ts";
import type { Origin } from "./origin.ts";
import type { Place } from "./place.ts";
import type { RunStep } from "./run-step.ts";
import type { TransferSource, TransferStep } from "./transfer-step.ts";

/**
 * What is to be built, whatever language it was written in: a graph of stages, each a list of steps, of which the last
 * stage ships. A Dockerfile and a distill.yaml both become this.
 */
export interface Plan {
  /** For messages: the file that the plan was read from, or the command that stands for it. */
  readonly source: string;
  /** What relative paths of compose steps start from. */
  readonly directory: string;
  readonly platform: Platform;
  /** Those that are built, in an order in which each stands behind what it needs; the last one ships. */
  readonly stages: readonly Stage[];
  /** Those of the file that nothing needs. */
  readonly skipped?: readonly SkippedStage[];
  /** Build arguments that the user gave and nothing asks for. */
  readonly unusedArguments?: readonly string[];
  /** The time that SOURCE_DATE_EPOCH of a Dockerfile asks for. */
  readonly epoch?: Epoch;
}

export type Epoch =
  | { readonly kind: "seconds"; readonly seconds: number }
  /** The time that a context has: of its commit, its answer or its newest file. */
  | { readonly kind: "origin"; readonly origin: Origin }
  /** The time that a source in the network has. */
  | { readonly kind: "remote"; readonly source: TransferSource };

export interface Stage {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Of a stage of a Dockerfile: what only its language knows. */
  readonly written?: WrittenStage;
}

export interface WrittenStage {
  /** Its number in the file, from 0; other stages name it by this. */
  readonly index: number;
  readonly place: Place;
  readonly platform: Platform;
  /** False where the config of the base could not be had: variables of it are empty, and its triggers are not here. */
  readonly baseKnown: boolean;
  /** What the image of the stage says. Entries of the history that the base does not bring have no time yet. */
  readonly image: StageImage;
}

export interface StageImage {
  readonly author: string | undefined;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryEntry[];
}

export interface SkippedStage {
  readonly name: string;
  readonly index: number;
  readonly place: Place;
  /** The base as it was written. */
  readonly base: string;
}

export type Step = ComposeStep | CopyStep | MetaStep | FromStep | TransferStep | RunStep | WorkdirStep | ConfigStep;

/** Begins a stage of a Dockerfile. */
export interface FromStep {
  readonly kind: "from";
  readonly text: string;
  readonly place: Place;
  readonly origin: Origin;
}

/** Makes a directory, with those above it, where there is none, owned by `user`: a layer. */
export interface WorkdirStep {
  readonly kind: "workdir";
  readonly text: string;
  readonly place: Place;
  /** Absolute. */
  readonly path: string;
  /** `USER[:GROUP]`; root where it is not given. */
  readonly user: string | undefined;
}

/** Changes no files: its effect is in the image of the stage. */
export interface ConfigStep {
  readonly kind: "config";
  readonly text: string;
  readonly place: Place;
}

/** Copies files of the build context into the image. */
export interface CopyStep {
  readonly kind: "copy";
  readonly text: string;
  /** Relative to the context; what lies in a directory is copied, not the directory itself. */
  readonly sources: readonly string[];
  /** Absolute path in the image; a directory where it ends with a slash. */
  readonly destination: string;
  /** `USER[:GROUP]`, names of the image or numbers; 0:0 where it is not given. */
  readonly owner: string | undefined;
  /** Permission bits of every file; where it is not given, 0755 for what its owner may execute and 0644 for the rest. */
  readonly mode: number | undefined;
}

/** Changes what a container of the image starts with. Absent fields change nothing. */
export interface MetaStep {
  readonly kind: "meta";
  readonly text: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly user?: string;
  /** `PORT/PROTOCOL`. */
  readonly ports?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** The stage that ships. */
export function finalStage(plan: Plan): Stage {
  const stage = plan.stages.at(-1);
  if (stage === undefined) throw new Error(`the plan of ${plan.source} has no stage`);
  return stage;
}
