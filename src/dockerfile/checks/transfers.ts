import { isGitAddress, isWebAddress } from "../graph/remote-address.ts";
import type { Word } from "../source.ts";
import type { Statement } from "../statement.ts";
import type { StageFacts } from "./facts.ts";

/** One path that COPY or ADD takes. */
export interface Transfer {
  readonly kind: "COPY" | "ADD";
  /** With variables replaced. */
  readonly path: string;
  readonly word: Word;
  readonly statement: Statement;
  /** False where it is from a stage or an image. */
  readonly fromContext: boolean;
  /** Whether there are flags that COPY does not have. */
  readonly asksForMore: boolean;
}

/** What the stage's own COPY and ADD take, documents aside. */
export function ownTransfers({ steps }: StageFacts): readonly Transfer[] {
  return steps.flatMap(({ instruction, own, expanded }) => {
    if (!own || (instruction.kind !== "COPY" && instruction.kind !== "ADD")) return [];
    const { kind, statement, sources } = instruction;
    const fromContext = kind === "ADD" || instruction.from === undefined;
    const asksForMore =
      kind === "ADD" &&
      (instruction.unpack !== undefined || instruction.checksum !== undefined || instruction.keepGitDir !== undefined);
    return sources.flatMap((source) => {
      if (source.kind !== "path") return [];
      const path = expanded(source.path)?.text;
      return path === undefined ? [] : [{ kind, path, word: source.path, statement, fromContext, asksForMore }];
    });
  });
}

export function isRemote(path: string): boolean {
  return isWebAddress(path) || isGitAddress(path);
}
