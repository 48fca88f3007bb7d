import type { Plan, Stage, Step } from "../plan/plan.ts";

/** Steps that are told of by number: those that make files. */
function counts({ kind }: Step): boolean {
  return kind === "from" || kind === "transfer" || kind === "workdir" || kind === "run";
}

/**
 * What the steps of a stage are called while they are done, as users of docker know it: `[build 2/4] COPY . /src`;
 * undefined for those that are not told of.
 */
export function stepTitles(plan: Plan, stage: Stage): readonly (string | undefined)[] {
  const total = stage.steps.filter(counts).length;
  const stageName = /^\d+$/.test(stage.name) ? `stage-${stage.name}` : stage.name;
  const prefix = plan.stages.length === 1 ? "" : `${stageName} `;
  let number = 0;
  return stage.steps.map((step) => {
    if (step.kind === "copy") return step.text;
    if (!counts(step)) return undefined;
    number++;
    if (step.kind === "from" && (step.origin.kind === "scratch" || step.origin.kind === "stage")) return undefined;
    return `[${prefix}${number}/${total}] ${step.text}`;
  });
}
