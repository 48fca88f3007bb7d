import type { Instruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";
import { goQuoted } from "./go-quoted.ts";

const SECRET = /(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)/i;
/** Such a part of the name says that it is no secret. */
const PUBLIC = /(?:_|^)(?:public|file|version)(?:_|$)/i;

/** SecretsUsedInArgOrEnv: names of ARG and ENV that sound like a secret's, which the image would keep. */
export function checkSecrets(instruction: Instruction): readonly Remark[] {
  const { statement } = instruction;
  return namesOf(instruction)
    .filter((name) => SECRET.test(name) && !PUBLIC.test(name))
    .map((name) => ({
      rule: "SecretsUsedInArgOrEnv",
      detail: `Do not use ARG or ENV instructions for sensitive data (${instruction.kind} ${goQuoted(name)})`,
      statement,
    }));
}

function namesOf(instruction: Instruction): readonly string[] {
  if (instruction.kind === "ARG") return instruction.arguments.map(({ name }) => name.text);
  return instruction.kind === "ENV" ? instruction.pairs.map(({ name }) => name.text) : [];
}
