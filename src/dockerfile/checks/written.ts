import type { Dockerfile, Instruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";
import { checkSecrets } from "./secrets.ts";

/** What the text alone shows: NoEmptyContinuation and MaintainerDeprecated. */
export function checkWritten({ instructions }: Dockerfile): readonly Remark[] {
  return instructions.flatMap((instruction) => [...emptyContinuation(instruction), ...maintainer(instruction)]);
}

/** LegacyKeyValueFormat and SecretsUsedInArgOrEnv, in stages that are not built too. */
export function checkPairs({ stages }: Dockerfile): readonly Remark[] {
  const instructions = stages.flatMap((stage) => stage.instructions);
  return instructions.flatMap((instruction) => [...legacyPairs(instruction), ...checkSecrets(instruction)]);
}

function emptyContinuation({ statement }: Instruction): readonly Remark[] {
  if (statement.emptyContinuations.length === 0) return [];
  const detail = "Empty continuation line";
  return [{ rule: "NoEmptyContinuation", detail, statement, line: statement.lines.last }];
}

function maintainer({ kind, statement }: Instruction): readonly Remark[] {
  if (kind !== "MAINTAINER") return [];
  return [
    {
      rule: "MaintainerDeprecated",
      detail: "Maintainer instruction is deprecated in favor of using label",
      statement,
    },
  ];
}

function legacyPairs(instruction: Instruction): readonly Remark[] {
  if (instruction.kind !== "ENV" && instruction.kind !== "LABEL") return [];
  const { kind, pairs, statement } = instruction;
  return pairs
    .filter(({ delimited }) => !delimited)
    .map(() => ({
      rule: "LegacyKeyValueFormat",
      detail: `"${kind} key=value" should be used instead of legacy "${kind} key value" format`,
      statement,
    }));
}
