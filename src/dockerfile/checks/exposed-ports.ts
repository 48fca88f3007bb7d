import type { Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { StageFacts } from "./facts.ts";
import { ownSteps } from "./own-steps.ts";

/** A port as EXPOSE has it, with variables replaced. */
export interface ExposedPort {
  readonly text: string;
  readonly word: Word;
  readonly statement: Statement;
}

/** The ports of all EXPOSE. */
export function* exposedPorts(stages: readonly StageFacts[]): Generator<ExposedPort> {
  for (const { instruction, expanded } of ownSteps(stages)) {
    if (instruction.kind !== "EXPOSE") continue;
    for (const word of instruction.ports) {
      for (const text of expanded(word)?.words ?? []) yield { text, word, statement: instruction.statement };
    }
  }
}
