import { buildkitRule } from "../rule.ts";
import { Suggestions, suggested } from "../suggestion.ts";

export const UNDEFINED_ARG_IN_FROM = buildkitRule(
  "UndefinedArgInFrom",
  "FROM sees arguments that are declared before the first FROM, and no others",
  function* ({ froms }) {
    const suggestions = new Suggestions();
    for (const { stage, image, platform, names } of froms) {
      const { statement } = stage.from;
      for (const [word, expansion] of [[stage.from.image, image] as const, [stage.from.platform, platform] as const]) {
        const unset = (expansion?.references ?? []).flatMap(({ name, set }) => (set ? [] : [name]));
        for (const name of new Set(unset)) {
          if (names.has(name)) continue;
          const detail = `FROM argument '${name}' is not declared${suggested(suggestions.slipOf(name, names))}`;
          yield { detail, statement, at: word };
        }
      }
    }
  },
);
