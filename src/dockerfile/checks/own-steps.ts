import type { StageFacts, StepFacts } from "./facts.ts";

/** What the stages do by themselves: without triggers of images, which stand in no line of the file. */
export function* ownSteps(stages: readonly StageFacts[]): Generator<StepFacts> {
  for (const { steps } of stages) {
    for (const step of steps) {
      if (step.own) yield step;
    }
  }
}
