import { buildkitRule } from "../rule.ts";

export const MAINTAINER_DEPRECATED = buildkitRule(
  "MaintainerDeprecated",
  "MAINTAINER has given way to a label",
  function* ({ instructions }) {
    for (const { kind, statement } of instructions) {
      if (kind !== "MAINTAINER") continue;
      const detail = "Maintainer instruction is deprecated in favor of using label";
      yield { detail, statement, at: statement.keyword };
    }
  },
);
