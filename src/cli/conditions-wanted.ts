import type { Condition } from "../compare/conditions/condition.ts";
import { parseConditions } from "../compare/conditions/parse-conditions.ts";
import { needsScan } from "../compare/conditions/quantity.ts";
import { DistillError } from "../lib/errors.ts";

/** What `--fail-if` asks for, given once or several times. USAGE where it is no condition, or needs a scan that is not to be. */
export function conditionsWanted(texts: readonly string[], scan: boolean): readonly Condition[] {
  const conditions = texts.flatMap((text) => parseConditions(text, "--fail-if"));
  const unanswerable = conditions.find(({ quantity }) => needsScan(quantity));
  if (!scan && unanswerable !== undefined) {
    throw new DistillError("USAGE", `--no-scan leaves nothing to go by for --fail-if "${unanswerable.text}"`, {
      hint: "leave one of both out",
    });
  }
  return conditions;
}
