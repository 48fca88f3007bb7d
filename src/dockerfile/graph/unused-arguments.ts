import type { Dockerfile } from "../instruction.ts";
import { isKnownArgument } from "./known-arguments.ts";
import type { ReachedStage } from "./reach.ts";
import type { PlanRequest } from "./request.ts";

/** The build arguments that the user gave, and no ARG of what is built asks for. */
export function unusedArguments(
  { globalArguments }: Dockerfile,
  stages: readonly ReachedStage[],
  { arguments: given }: PlanRequest,
): readonly string[] {
  const instructions = stages.flatMap((stage) => stage.instructions.map(({ instruction }) => instruction));
  const declared = new Set(
    [...globalArguments, ...instructions].flatMap((each) =>
      each.kind === "ARG" ? each.arguments.map(({ name }) => name.text) : [],
    ),
  );
  return [...given.keys()].filter((name) => !declared.has(name) && !isKnownArgument(name));
}
