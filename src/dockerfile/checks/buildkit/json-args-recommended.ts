import { ownSteps } from "../own-steps.ts";
import { buildkitRule } from "../rule.ts";

export const JSON_ARGS_RECOMMENDED = buildkitRule(
  "JSONArgsRecommended",
  "CMD and ENTRYPOINT as a JSON array get signals themselves; as a text, a shell gets them",
  function* ({ stages }) {
    for (const { instruction, shell } of ownSteps(stages)) {
      const { kind, statement } = instruction;
      if (kind !== "CMD" && kind !== "ENTRYPOINT") continue;
      // Whoever chose a shell wants it.
      if (instruction.command.form === "exec" || (shell ?? []).length > 0) continue;
      const name = statement.keyword.text;
      const detail = `JSON arguments recommended for ${name} to prevent unintended behavior related to OS signals`;
      yield { detail, statement, at: instruction.command.text };
    }
  },
);
