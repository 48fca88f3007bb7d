import type { RunStep } from "../../plan/run-step.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

/** What RUN needs of others. */
export interface ProgramMeans {
  /** Opened when the first program is to run. ENVIRONMENT where this machine cannot run any. */
  sandbox(): Promise<Sandbox>;
  /** The value of a secret; undefined where nobody gave one of this name. */
  secret(id: string): Promise<Uint8Array | undefined>;
  /** Path of the socket of an agent; undefined where none was lent under this name. */
  agent(id: string): string | undefined;
  /** The directory in which those of cache mounts lie. */
  readonly cacheDirectory: string;
  /** Of steps that say nothing of it. */
  readonly network: "host" | "none";
}

/** What the step says, or else what is said of all. */
export function networkOf({ network }: RunStep, means: ProgramMeans): "host" | "none" {
  return network === "default" ? means.network : network;
}
