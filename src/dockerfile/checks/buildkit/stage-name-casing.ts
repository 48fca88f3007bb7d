import { buildkitRule } from "../rule.ts";
import { stageHeads } from "../stage-heads.ts";

export const STAGE_NAME_CASING = buildkitRule(
  "StageNameCasing",
  "Names of stages are compared in lower case, and should be written so",
  function* (facts) {
    for (const { statement, name } of stageHeads(facts)) {
      if (statement.arguments.length !== 3 || name.text === name.text.toLowerCase()) continue;
      yield { detail: `Stage name '${name.text}' should be lowercase`, statement, at: name };
    }
  },
);
