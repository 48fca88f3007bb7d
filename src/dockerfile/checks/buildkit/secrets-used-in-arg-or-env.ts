import { quoteGo } from "../../graph/go-format.ts";
import type { Word } from "../../source.ts";
import type { StepFacts } from "../facts.ts";
import { ownSteps } from "../own-steps.ts";
import { buildkitRule } from "../rule.ts";

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const HARMLESS = /(?:_|^)(?:public|file|version)(?:_|$)/i;

export const SECRETS_USED_IN_ARG_OR_ENV = buildkitRule(
  "SecretsUsedInArgOrEnv",
  "Values of ARG and ENV can be read in the image by everybody who has it",
  function* ({ stages }) {
    for (const step of ownSteps(stages)) {
      const { kind, statement } = step.instruction;
      for (const name of namesOf(step)) {
        const text = kind === "ENV" ? (step.expanded(name)?.text ?? name.text) : name.text;
        if (!SECRET.test(text) || HARMLESS.test(text)) continue;
        const detail = `Do not use ARG or ENV instructions for sensitive data (${kind} ${quoteGo(text)})`;
        yield { detail, statement, at: name };
      }
    }
  },
);

function namesOf({ instruction }: StepFacts): readonly Word[] {
  if (instruction.kind === "ARG") return instruction.arguments.map(({ name }) => name);
  return instruction.kind === "ENV" ? instruction.pairs.map(({ name }) => name) : [];
}
