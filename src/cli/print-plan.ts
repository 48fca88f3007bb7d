import { type PlanBuildRequest, planBuild } from "../app/plan-build.ts";
import { planDot, planTable } from "../ui/plan.ts";
import { shownPlan } from "./plan-shown.ts";

/** Prints the plan of a build; of several platforms one after another, as JSON in one list. */
export async function printPlan(request: PlanBuildRequest, format: "text" | "table" | "json" | "dot"): Promise<void> {
  const { plans, ignoreFile } = await planBuild(request);
  switch (format) {
    case "json":
      process.stdout.write(jsonText(plans.map((plan) => ({ ...plan, ignoreFile }))));
      break;
    case "dot":
      process.stdout.write(plans.map((plan) => planDot(shownPlan(plan, ignoreFile))).join("\n"));
      break;
    case "text":
    case "table":
      process.stdout.write(plans.map((plan) => planTable(shownPlan(plan, ignoreFile))).join("\n"));
  }
}

function jsonText(plans: readonly object[]): string {
  return `${JSON.stringify(plans.length === 1 ? plans[0] : plans, null, 2)}\n`;
}
