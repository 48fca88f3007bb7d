import { quoteGo } from "../../graph/go-format.ts";
import { buildkitRule } from "../rule.ts";

const RESERVED: ReadonlySet<string> = new Set(["context", "scratch"]);

export const RESERVED_STAGE_NAME = buildkitRule(
  "ReservedStageName",
  "A stage should not have a name that means something else already",
  function* ({ dockerfile }) {
    for (const { name, from } of dockerfile?.stages ?? []) {
      if (name === undefined || !RESERVED.has(name)) continue;
      const detail = `Stage name should not use the same name as reserved stage ${quoteGo(name)}`;
      yield { detail, statement: from.statement, at: from.name };
    }
  },
);
