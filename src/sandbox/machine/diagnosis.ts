import type { ExecutorName } from "../executors/executor.ts";
import type { MachineFacts, Missing } from "./facts.ts";

/** An executor as it is on this machine. */
export interface ExecutorState {
  readonly name: ExecutorName;
  readonly works: boolean;
  /** Whether RUN takes it when none is asked for. */
  readonly chosen: boolean;
  readonly filtered: boolean;
  readonly missing: readonly Missing[];
  readonly limits: readonly string[];
  /** What it said when it was tried and failed. */
  readonly failure: string | undefined;
}

export interface Diagnosis {
  readonly facts: MachineFacts;
  readonly executors: readonly ExecutorState[];
  /** What keeps this user from having more than one user in a RUN. */
  readonly users: readonly Missing[];
  /** Why --memory and --cpus cannot be had; undefined where they can. */
  readonly withoutLimits: string | undefined;
  /** Whether RUN works in some way. */
  readonly works: boolean;
}
