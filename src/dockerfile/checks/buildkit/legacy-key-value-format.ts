import { ownSteps } from "../own-steps.ts";
import { buildkitRule } from "../rule.ts";

export const LEGACY_KEY_VALUE_FORMAT = buildkitRule(
  "LegacyKeyValueFormat",
  "ENV and LABEL should be NAME=VALUE: with a space between them, the rest of the line is the value",
  function* ({ stages }) {
    for (const { instruction } of ownSteps(stages)) {
      if (instruction.kind !== "ENV" && instruction.kind !== "LABEL") continue;
      const { statement, pairs } = instruction;
      const name = statement.keyword.text;
      for (const { delimited, span } of pairs) {
        if (delimited) continue;
        const detail = `"${name} key=value" should be used instead of legacy "${name} key value" format`;
        yield { detail, statement, at: span };
      }
    }
  },
);
