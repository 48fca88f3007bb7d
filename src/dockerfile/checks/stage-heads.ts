import type { Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { Facts } from "./facts.ts";

/** The words of a FROM that names its stage. */
export interface StageHead {
  readonly statement: Statement;
  readonly as: Word;
  readonly name: Word;
}

/** Of all FROM, and of one that is refused too: what is wrong with its words is said all the same, as BuildKit does. */
export function stageHeads({ instructions, refused }: Facts): readonly StageHead[] {
  const statements = instructions.map(({ statement }) => statement);
  return (refused === undefined ? statements : [...statements, refused]).flatMap((statement) => {
    const [, as, name] = statement.arguments;
    if (statement.keyword.text.toUpperCase() !== "FROM" || as === undefined || name === undefined) return [];
    return "text" in as && "text" in name ? [{ statement, as, name }] : [];
  });
}
