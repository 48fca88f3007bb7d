import type { Dockerfile, FromInstruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";

/** ConsistentInstructionCasing: all instructions as most of them, all upper-case where there is no difference. */
export function checkCasing({ stages }: Dockerfile): readonly Remark[] {
  const statements = stages.flatMap(({ from, instructions }) => [from, ...instructions].map((each) => each.statement));
  const words = statements.map(({ keyword }) => keyword.text);
  const lower = words.filter((word) => word === word.toLowerCase()).length;
  const upper = words.filter((word) => word === word.toUpperCase()).length;
  const majority = lower > upper ? "lowercase" : "uppercase";
  return statements.flatMap((statement) => {
    const { text } = statement.keyword;
    const wanted = majority === "lowercase" ? text.toLowerCase() : text.toUpperCase();
    if (text === wanted) return [];
    const detail = `Command '${text}' should match the case of the command majority (${majority})`;
    return [{ rule: "ConsistentInstructionCasing", detail, statement }];
  });
}

/** FromAsCasing: AS as FROM. */
export function checkAsCasing(froms: readonly Pick<FromInstruction, "statement" | "as">[]): readonly Remark[] {
  return froms.flatMap(({ statement, as }) => {
    const from = statement.keyword.text;
    if (as === undefined || !differ(from, as.text)) return [];
    const detail = `'${as.text}' and '${from}' keywords' casing do not match`;
    return [{ rule: "FromAsCasing", detail, statement }];
  });
}

/** A FROM in both cases is a matter of the other check. */
function differ(from: string, as: string): boolean {
  if (from === from.toLowerCase()) return as !== as.toLowerCase();
  return from === from.toUpperCase() && as !== as.toUpperCase();
}
