import { type PlanBuildRequest, planBuild } from "../app/plan-build.ts";
import { planDot, planTable } from "../ui/plan.ts";
import { shownPlan } from "./plan-shown.ts";

/** Prints the plan of a build; of several platforms one after another, as JSON in one list. */
export async function printPlan(request: PlanBuildRequest, format: "text" | "table" | "json" | "dot"): Promise<void> {
  const plans = await planBuild(request);
  const [only] = plans;
  switch (format) {
    case "json":
      process.stdout.write(`${JSON.stringify(plans.length === 1 ? only : plans, null, 2)}\n`);
      break;
    case "dot":
      process.stdout.write(plans.map((plan) => planDot(shownPlan(plan))).join("\n"));
      break;
    case "text":
    case "table":
      process.stdout.write(plans.map((plan) => planTable(shownPlan(plan))).join("\n"));
  }
}
