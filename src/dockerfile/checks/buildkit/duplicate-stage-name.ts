import { quoteGo } from "../../graph/go-format.ts";
import { buildkitRule } from "../rule.ts";

export const DUPLICATE_STAGE_NAME = buildkitRule(
  "DuplicateStageName",
  "Each stage should have a name of its own",
  function* ({ dockerfile }) {
    const seen = new Set<string>();
    for (const { name, from } of dockerfile?.stages ?? []) {
      if (name === undefined) continue;
      if (seen.has(name)) {
        const detail = `Duplicate stage name ${quoteGo(name)}, stage names should be unique`;
        yield { detail, statement: from.statement, at: from.name };
      }
      seen.add(name);
    }
  },
);
