import type { TextInstruction } from "../../instruction.ts";
import type { Facts, StageFacts } from "../facts.ts";
import { ownRule } from "../rule.ts";
import { shippedStages } from "../shipped.ts";

export const RUNS_AS_ROOT = ownRule(
  "RunsAsRoot",
  "Programs in a container should not be root: whoever breaks into one has less then",
  function* (facts) {
    const { final } = facts;
    // An image that starts nothing holds files only.
    if (final === undefined || !final.starts || !isRoot(final.user)) return;
    const last = lastUser(facts);
    if (last !== undefined) {
      const detail = `the image runs as root: the last USER is ${last.value.text}`;
      yield { detail, statement: last.statement, at: last.value };
    } else if (!saysNonroot(shippedStages(facts).at(-1))) {
      const { image, statement } = final.node.stage.from;
      const unless = final.baseKnown ? "" : `, unless ${final.node.base} has another user`;
      yield { detail: `the image runs as root: no USER says otherwise${unless}`, statement, at: image };
    }
  },
);

function isRoot(user: string | undefined): boolean {
  const [name = ""] = (user ?? "").split(":");
  return name === "" || name === "root" || /^0+$/.test(name);
}

function lastUser(facts: Facts): TextInstruction | undefined {
  for (const { steps } of shippedStages(facts)) {
    const found = steps.findLast(({ instruction, own }) => own && instruction.kind === "USER")?.instruction;
    if (found?.kind === "USER") return found;
  }
  return undefined;
}

/** Whether a base that nobody knows says in its name that it has another user. */
function saysNonroot(stage: StageFacts | undefined): boolean {
  return stage !== undefined && !stage.baseKnown && /nonroot|rootless|unprivileged|^cgr\.dev\//.test(stage.node.base);
}
