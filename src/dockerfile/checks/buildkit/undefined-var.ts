import { buildkitRule } from "../rule.ts";
import { suggested } from "../suggestion.ts";

/**
 * Of a base that is not known only slips are reported, where a variable that is set has nearly the same name: any other
 * variable may be one of the base's.
 */
export const UNDEFINED_VAR = buildkitRule(
  "UndefinedVar",
  "A variable should be set before it is used",
  function* ({ stages }) {
    for (const { steps, baseKnown } of stages) {
      for (const { instruction, own, unset } of steps) {
        // Ports that are not given make no difference, and BuildKit says nothing of them.
        if (!own || instruction.kind === "EXPOSE") continue;
        for (const { name, word, meant } of unset) {
          if (!baseKnown && meant === undefined) continue;
          const hint = suggested(meant === undefined ? undefined : `$${meant}`);
          const detail = `Usage of undefined variable '$${name}'${hint}`;
          yield { detail, statement: instruction.statement, at: word };
        }
      }
    }
  },
);
