import type { Dockerfile, FromInstruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";
import { goQuoted } from "./go-quoted.ts";

const RESERVED = new Set(["scratch", "context"]);

/** StageNameCasing. */
export function checkNameCasing(froms: readonly Pick<FromInstruction, "statement" | "name">[]): readonly Remark[] {
  return froms.flatMap(({ statement, name }) => {
    if (name === undefined || name.text === name.text.toLowerCase()) return [];
    return [{ rule: "StageNameCasing", detail: `Stage name '${name.text}' should be lowercase`, statement }];
  });
}

/** DuplicateStageName and ReservedStageName. */
export function checkStageNames({ stages }: Dockerfile): readonly Remark[] {
  const seen = new Set<string>();
  return stages.flatMap(({ from: { statement, name } }) => {
    if (name === undefined) return [];
    const lower = name.text.toLowerCase();
    const remarks: Remark[] = [];
    if (RESERVED.has(lower)) {
      const detail = `Stage name should not use the same name as reserved stage ${goQuoted(lower)}`;
      remarks.push({ rule: "ReservedStageName", detail, statement });
    }
    if (seen.has(lower)) {
      const detail = `Duplicate stage name ${goQuoted(lower)}, stage names should be unique`;
      remarks.push({ rule: "DuplicateStageName", detail, statement });
    }
    seen.add(lower);
    return remarks;
  });
}
