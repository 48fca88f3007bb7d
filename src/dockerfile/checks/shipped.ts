import { cleanPath } from "../ignore/pattern.ts";
import type { RunInstruction } from "../instruction.ts";
import type { Span } from "../source.ts";
import type { Facts, StageFacts, StepFacts } from "./facts.ts";

/** The stages whose layers are in the image: the final one, and those that it is built on, itself first. */
export function shippedStages({ final }: Facts): readonly StageFacts[] {
  const stages: StageFacts[] = [];
  for (let stage = final; stage !== undefined; stage = stage.parent) stages.push(stage);
  return stages;
}

/** A RUN whose changes are in the image. */
export interface ShippedRun {
  readonly step: StepFacts;
  readonly run: RunInstruction;
}

export function* shippedRuns(facts: Facts): Generator<ShippedRun> {
  for (const { steps } of shippedStages(facts)) {
    for (const step of steps) {
      if (step.own && step.instruction.kind === "RUN") yield { step, run: step.instruction };
    }
  }
}

/** Where a text stands in a RUN, if it is written there as it is. */
export function findIn({ source }: Facts, { statement }: RunInstruction, text: string): Span | undefined {
  const at = source.slice(statement.span).indexOf(text);
  const start = statement.span.start + at;
  return at < 0 ? undefined : { start, end: start + text.length };
}

/** Whether a cache or a tmpfs is mounted on a directory, or on one above it: what is written there is not in the image. */
export function isMountedOn({ mounts }: RunInstruction, directory: string): boolean {
  return mounts.some(({ fields }) => {
    const value = (...keys: string[]): string => fields.find(({ key }) => keys.includes(key))?.value ?? "";
    const target = cleanPath(value("target", "dst", "destination"));
    const isVolatile = ["cache", "tmpfs"].includes(value("type"));
    return isVolatile && (directory === target || directory.startsWith(`${target}/`));
  });
}
