import type { ArgInstruction, Dockerfile, FromInstruction } from "../instruction.ts";
import type { Word } from "../source.ts";
import type { Remark } from "./finding.ts";

/** InvalidDefinitionDescription: a comment above a stage or an argument begins with its name. */
export function checkDescriptions({ globalArguments, stages }: Dockerfile): readonly Remark[] {
  const inStages = stages.flatMap(({ from, instructions }) => [
    ...ofStage(from),
    ...instructions.flatMap((each) => (each.kind === "ARG" ? ofArgument(each) : [])),
  ]);
  return [...globalArguments.flatMap(ofArgument), ...inStages];
}

function ofStage({ statement, name }: FromInstruction): readonly Remark[] {
  return name === undefined || isDescribed(statement.comments, name.text) ? [] : [remark("FROM", name.text, statement)];
}

function ofArgument({ statement, arguments: [only, ...more] }: ArgInstruction): readonly Remark[] {
  if (only === undefined || more.length > 0 || isDescribed(statement.comments, only.name.text)) return [];
  return [remark("ARG", only.name.text, statement)];
}

function isDescribed(comments: readonly Word[], name: string): boolean {
  const meant = comments.filter(({ text }) => !/^(?:check|syntax|escape)\s*=/i.test(text));
  return meant.length === 0 || meant.some(({ text }) => text.startsWith(`${name} `));
}

function remark(kind: string, name: string, statement: Remark["statement"]): Remark {
  const detail = `Comment for ${kind === "FROM" ? "build stage" : "build argument"} should follow the format: \`# ${name} <description>\`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.`;
  return { rule: "InvalidDefinitionDescription", detail, statement };
}
