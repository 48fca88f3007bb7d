import { buildkitRule } from "../rule.ts";
import { stageHeads } from "../stage-heads.ts";

export const FROM_AS_CASING = buildkitRule(
  "FromAsCasing",
  "FROM and AS should be written in the same case",
  function* (facts) {
    for (const { statement, as } of stageHeads(facts)) {
      const from = statement.keyword.text;
      // Of a FROM in mixed case ConsistentInstructionCasing speaks.
      const expected =
        from === from.toLowerCase()
          ? as.text.toLowerCase()
          : from === from.toUpperCase()
            ? as.text.toUpperCase()
            : as.text;
      if (as.text === expected) continue;
      yield { detail: `'${as.text}' and '${from}' keywords' casing do not match`, statement, at: as };
    }
  },
);
