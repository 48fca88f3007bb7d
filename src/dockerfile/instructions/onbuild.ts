import { readFlags } from "../flag-values.ts";
import type { Instruction, OnbuildInstruction } from "../instruction.ts";
import type { Source } from "../source.ts";
import type { Statement } from "../statement.ts";

const REFUSED: ReadonlySet<string> = new Set(["FROM", "MAINTAINER"]);

/** `ONBUILD INSTRUCTION`; `read` reads the instruction. */
export function readOnbuild(
  source: Source,
  statement: Statement,
  read: (statement: Statement) => Instruction,
): OnbuildInstruction {
  readFlags(source, statement, {});
  const { nested } = statement;
  if (nested === undefined) throw source.error(statement.keyword, "ONBUILD needs an instruction behind it");
  const keyword = nested.keyword.text.toUpperCase();
  if (REFUSED.has(keyword)) throw source.error(nested.keyword, `${keyword} cannot stand behind ONBUILD`);
  const documents = statement.heredocs.map(({ content, name }) => `\n${content}${name}`);
  const expression = nested.text + documents.join("");
  return { kind: "ONBUILD", statement, expression, trigger: read(nested) };
}
