import type { Platform } from "../image/platform.ts";
import type { ComposeStep } from "./compose-step.ts";

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
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  readonly steps: readonly Step[];
}

export type Step = ComposeStep | CopyStep | MetaStep;

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
