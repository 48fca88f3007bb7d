import { quoteGo } from "../../graph/go-format.ts";
import type { StageFacts } from "../facts.ts";
import { buildkitRule } from "../rule.ts";

export const WORKDIR_RELATIVE_PATH = buildkitRule(
  "WorkdirRelativePath",
  "The first WORKDIR should be absolute: a relative one starts from what the base happens to have",
  function* ({ stages }) {
    for (const stage of stages) {
      const first = stage.parent === undefined || !setsDirectory(stage.parent) ? firstWorkdir(stage) : undefined;
      if (first === undefined || !first.own || first.instruction.kind !== "WORKDIR") continue;
      const { value, statement } = first.instruction;
      const path = first.expanded(value)?.text;
      if (path === undefined || path.startsWith("/")) continue;
      const detail = `Relative workdir ${quoteGo(path)} can have unexpected results if the base image changes`;
      yield { detail, statement, at: value };
    }
  },
);

function firstWorkdir({ steps }: StageFacts): StageFacts["steps"][number] | undefined {
  return steps.find(({ instruction }) => instruction.kind === "WORKDIR");
}

/** Whether the stage or one that it is built on has a WORKDIR. */
function setsDirectory(stage: StageFacts): boolean {
  for (let each: StageFacts | undefined = stage; each !== undefined; each = each.parent) {
    if (firstWorkdir(each) !== undefined) return true;
  }
  return false;
}
