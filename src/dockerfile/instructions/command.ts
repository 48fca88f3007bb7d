import { readFlags } from "../flag-values.ts";
import type { Command, CommandInstruction, ShellInstruction } from "../instruction.ts";
import type { Source, Word } from "../source.ts";
import type { Argument, Statement } from "../statement.ts";

/** The arguments of a statement that are words: all but those of ENV and LABEL. */
export function wordsOf(statement: Statement): readonly Word[] {
  return statement.arguments.filter((argument: Argument): argument is Word => "text" in argument);
}

/** Program and arguments, or a text for the shell; of a line without arguments an empty text. */
export function commandOf(statement: Statement, words = wordsOf(statement)): Command {
  if (statement.json) return { form: "exec", arguments: words };
  return { form: "shell", text: words[0] ?? { text: "", span: statement.rest.span } };
}

export function readCommand(source: Source, statement: Statement, kind: "CMD" | "ENTRYPOINT"): CommandInstruction {
  readFlags(source, statement, {});
  return { kind, statement, command: commandOf(statement) };
}

export function readShell(source: Source, statement: Statement): ShellInstruction {
  readFlags(source, statement, {});
  const shell = wordsOf(statement);
  if (!statement.json || shell.length === 0) {
    throw source.error(statement.json ? statement.rest : statement.keyword, "SHELL needs a JSON array of texts", {
      hint: 'such as SHELL ["/bin/bash", "-c"]',
    });
  }
  return { kind: "SHELL", statement, shell };
}
