import type { Instruction } from "../../instruction.ts";
import { buildkitRule, type Rule } from "../rule.ts";

/** Tools show the comment above a stage or an argument as its description. */
export const INVALID_DEFINITION_DESCRIPTION: Rule = {
  ...buildkitRule(
    "InvalidDefinitionDescription",
    "A comment right above a stage or an argument should begin with its name",
    function* ({ instructions }) {
      for (const instruction of instructions) {
        const names = definedNames(instruction);
        const [first] = names;
        const { statement, kind } = instruction;
        const comment = statement.comments.at(-1);
        if (first === undefined || comment === undefined) continue;
        const [word = ""] = comment.text.split(" ");
        if (names.includes(word)) continue;
        const shown = names.length > 1 ? "<arg_key>" : first;
        const detail = `Comment for ${kind} should follow the format: \`# ${shown} <description>\``;
        yield { detail, statement, at: comment };
      }
    },
  ),
  experimental: true,
};

function definedNames(instruction: Instruction): readonly string[] {
  if (instruction.kind === "ARG") return instruction.arguments.map(({ name }) => name.text);
  return instruction.kind === "FROM" && instruction.name !== undefined ? [instruction.name.text.toLowerCase()] : [];
}
