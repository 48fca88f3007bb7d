import { readFlags } from "../flag-values.ts";
import type { ArgInstruction, BuildArgument, EnvInstruction, LabelInstruction } from "../instruction.ts";
import type { Source, Word } from "../source.ts";
import type { Argument, Pair, Statement } from "../statement.ts";
import { wordsOf } from "./command.ts";

/** `ARG NAME[=DEFAULT]...` */
export function readArg(source: Source, statement: Statement): ArgInstruction {
  readFlags(source, statement, {});
  const words = wordsOf(statement);
  if (words.length === 0) throw source.error(statement.keyword, "ARG needs a name: ARG NAME[=DEFAULT]");
  return { kind: "ARG", statement, arguments: words.map((word) => buildArgument(source, word)) };
}

function buildArgument(source: Source, word: Word): BuildArgument {
  const equals = word.text.indexOf("=");
  if (equals < 0) return { name: word, value: undefined };
  if (equals === 0) throw source.error(word, "a name must stand before =");
  const { start, end } = word.span;
  // A continuation inside of the word: both parts have the span of the whole.
  const whole = source.slice(word.span) !== word.text;
  return {
    name: { text: word.text.slice(0, equals), span: whole ? word.span : { start, end: start + equals } },
    value: { text: word.text.slice(equals + 1), span: whole ? word.span : { start: start + equals + 1, end } },
  };
}

export function readEnv(source: Source, statement: Statement): EnvInstruction {
  return { kind: "ENV", statement, pairs: readPairs(source, statement) };
}

export function readLabel(source: Source, statement: Statement): LabelInstruction {
  return { kind: "LABEL", statement, pairs: readPairs(source, statement) };
}

function readPairs(source: Source, statement: Statement): readonly Pair[] {
  readFlags(source, statement, {});
  const keyword = statement.keyword.text.toUpperCase();
  const pairs = statement.arguments.filter((argument: Argument): argument is Pair => "name" in argument);
  if (pairs.length === 0)
    throw source.error(statement.keyword, `${keyword} needs a name and a value: ${keyword} NAME=VALUE`);
  const nameless = pairs.find(({ name }) => name.text === "");
  if (nameless !== undefined) throw source.error(nameless.span, "a name must stand before =");
  return pairs;
}
