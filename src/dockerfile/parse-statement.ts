import { splitFlags } from "./flags.ts";
import type { EscapeCharacter } from "./instruction.ts";
import { readJsonForm } from "./json-form.ts";
import type { JoinedLine } from "./lines.ts";
import { readPairs } from "./pairs.ts";
import type { Source, Word } from "./source.ts";
import { isSeparator, isSpace, skipSpaces, trimEnd } from "./spaces.ts";
import type { Argument, Statement } from "./statement.ts";
import { splitAtSpaces, splitQuoted } from "./words.ts";

/** How the rest of a line is taken apart. */
type Syntax =
  /** A JSON array, else one text. */
  | "command"
  /** A JSON array, else words. */
  | "list"
  | "words"
  | "quoted words"
  | "pairs"
  | "text"
  /** A word and what follows it, as a command. */
  | "check"
  | "instruction";

const SYNTAX: ReadonlyMap<string, Syntax> = new Map<string, Syntax>([
  ["ADD", "list"],
  ["ARG", "quoted words"],
  ["CMD", "command"],
  ["COPY", "list"],
  ["ENTRYPOINT", "command"],
  ["ENV", "pairs"],
  ["EXPOSE", "words"],
  ["FROM", "words"],
  ["HEALTHCHECK", "check"],
  ["LABEL", "pairs"],
  ["MAINTAINER", "text"],
  ["ONBUILD", "instruction"],
  ["RUN", "command"],
  ["SHELL", "command"],
  ["STOPSIGNAL", "text"],
  ["USER", "text"],
  ["VOLUME", "list"],
  ["WORKDIR", "text"],
]);

/** The instructions that there are, in upper case. */
export const KEYWORDS: readonly string[] = [...SYNTAX.keys()];

/** What one line says; where it stands and what is around it is added by the reader of the file. */
export type LineStatement = Pick<Statement, "keyword" | "flags" | "arguments" | "json" | "rest" | "text" | "nested">;

/**
 * Takes one joined line apart by the syntax of its instruction. An instruction that there is not has no arguments. From
 * `start` on: behind ONBUILD another instruction stands.
 */
export function parseLine(source: Source, line: JoinedLine, escaper: EscapeCharacter, start = 0): LineStatement {
  const { text } = line;
  const begin = skipSpaces(text, start, text.length);
  const end = trimEnd(text, begin, text.length);
  let at = begin;
  while (at < end && !isSeparator(text.charCodeAt(at))) at++;
  const keyword = line.word(begin, at);
  while (at < end && isSeparator(text.charCodeAt(at))) at++;
  const { flags, next } = splitFlags(line, at, end);
  const from = skipSpaces(text, next, end);
  const syntax = SYNTAX.get(keyword.text.toUpperCase());
  const common = { keyword, flags, rest: line.word(from, end), text: text.slice(begin), nested: undefined };
  if (syntax === "instruction" && from < end) {
    return { ...common, arguments: [], json: false, nested: nestedStatement(source, line, escaper, from, keyword) };
  }
  return { ...common, ...parseArguments({ source, line, escaper, start: from, end }, syntax, keyword.text) };
}

interface Part {
  readonly source: Source;
  readonly line: JoinedLine;
  readonly escaper: EscapeCharacter;
  readonly start: number;
  readonly end: number;
}

type Parsed = Pick<Statement, "arguments" | "json">;

function parseArguments(part: Part, syntax: Syntax | undefined, keyword: string): Parsed {
  const { source, line, escaper, start, end } = part;
  if (start === end) return shell([]);
  switch (syntax) {
    case "command":
      return command(part);
    case "list": {
      const elements = readJsonForm(source, line, start, end);
      return elements === undefined ? shell(splitAtSpaces(line, start, end)) : { arguments: elements, json: true };
    }
    case "words":
      return shell(splitAtSpaces(line, start, end));
    case "quoted words":
      return shell(splitQuoted(line.text, start, end, escaper).map((word) => line.word(word.start, word.end)));
    case "pairs":
      return shell(readPairs(source, line, { start, end }, escaper, keyword));
    case "text":
      return shell([line.word(start, end)]);
    case "check": {
      const typeEnd = wordEnd(line.text, start, end);
      const rest = skipSpaces(line.text, typeEnd, end);
      const { arguments: words, json } = rest === end ? shell([]) : command({ ...part, start: rest });
      return { arguments: [line.word(start, typeEnd), ...words], json };
    }
    default:
      return shell([]);
  }
}

function command({ source, line, start, end }: Part): Parsed {
  const elements = readJsonForm(source, line, start, end);
  return elements === undefined ? shell([line.word(start, end)]) : { arguments: elements, json: true };
}

function shell(words: readonly Argument[]): Parsed {
  return { arguments: words, json: false };
}

function wordEnd(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && !isSpace(text.charCodeAt(at))) at++;
  return at;
}

function nestedStatement(
  source: Source,
  line: JoinedLine,
  escaper: EscapeCharacter,
  at: number,
  outer: Word,
): Statement {
  const behind = wordEnd(line.text, at, line.text.length);
  if (line.text.slice(at, behind).toUpperCase() === "ONBUILD") {
    throw source.error(line.span(at, behind), "ONBUILD cannot stand behind ONBUILD");
  }
  const nested = parseLine(source, line, escaper, at);
  const span = { start: nested.keyword.span.start, end: Math.max(outer.span.end, nested.rest.span.end) };
  return { ...nested, span, lines: { first: 0, last: 0 }, comments: [], emptyContinuations: [], heredocs: [] };
}
