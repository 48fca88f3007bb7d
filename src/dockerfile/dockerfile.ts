import type { ArgInstruction, Dockerfile, DockerfileStage, FromInstruction, Instruction } from "./instruction.ts";
import { limitSize } from "./limits.ts";
import { readInstruction } from "./read-instruction.ts";
import { readStatements } from "./read-statements.ts";
import { Source } from "./source.ts";

/**
 * Reads a Dockerfile by the rules of BuildKit's front end. `file` is its name for messages. CONFIG_INVALID with line,
 * column and the line itself for what is none; LIMIT_EXCEEDED for one of 16 Mi characters, two million lines or half a
 * million words.
 */
export function parseDockerfile(text: string, file = "Dockerfile"): Dockerfile {
  const source = openSource(text, file);
  const { directives, statements } = readStatements(source);
  if (statements.length === 0) {
    throw source.error({ start: 0, end: 0 }, "the Dockerfile is empty", {
      hint: "the first instruction is FROM IMAGE",
    });
  }
  const instructions = statements.map((statement) => readInstruction(source, statement));
  const globalArguments: ArgInstruction[] = [];
  const stages: (DockerfileStage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    const stage = stages.at(-1);
    if (instruction.kind === "FROM") stages.push(stageOf(instruction, stages.length));
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.kind === "ARG") globalArguments.push(instruction);
    else {
      const { keyword } = instruction.statement;
      const message = `${instruction.kind} stands before the first FROM, where only ARG may stand`;
      throw source.error(keyword, message, { hint: "begin a stage above it: FROM IMAGE" });
    }
  }
  return { source, directives, instructions, globalArguments, stages };
}

/** Reads one ONBUILD trigger as an image's config holds it. `file` says in messages where it is from. */
export function parseTrigger(text: string, file: string): Instruction {
  const source = openSource(text, file);
  const [statement, second] = readStatements(source).statements;
  if (statement === undefined) throw source.error({ start: 0, end: 0 }, "the trigger is empty");
  if (second !== undefined) throw source.error(second.keyword, "a trigger is one instruction; a second begins here");
  return readInstruction(source, statement);
}

function openSource(text: string, file: string): Source {
  limitSize(text.length, file);
  return new Source(file, text.replace(/^\ufeff/, ""));
}

function stageOf(from: FromInstruction, index: number): DockerfileStage & { readonly instructions: Instruction[] } {
  return { index, name: from.name?.text.toLowerCase(), from, instructions: [] };
}
