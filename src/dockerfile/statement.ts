import type { Span, Word } from "./source.ts";

/**
 * One instruction by its syntax alone: what the parse tree knows before anybody asks whether the instruction exists. The
 * facts that checks ask for later (case, comments, empty continuation lines) are here.
 */
export interface Statement {
  /** The first word as it was written. */
  readonly keyword: Word;
  /** `--name[=value]`, without quotes. */
  readonly flags: readonly Word[];
  /** What follows the flags, split as this instruction's language asks: words, pairs, elements of a JSON array, or one text. */
  readonly arguments: readonly Argument[];
  /** True where the arguments are a JSON array of texts. */
  readonly json: boolean;
  /** What follows the keyword and its flags, continuations joined, without spaces around it. */
  readonly rest: Word;
  /** The whole instruction in one line: continuations joined and comments removed. */
  readonly text: string;
  /** From the keyword to the end of the last line, bodies of heredocs included. */
  readonly span: Span;
  /** First and last line, counted from 1. */
  readonly lines: { readonly first: number; readonly last: number };
  /** Comment lines since the instruction before or the last empty comment, without `#` and the spaces around. */
  readonly comments: readonly Word[];
  /** Lines without content between continued ones: they are passed over, and warned about. */
  readonly emptyContinuations: readonly number[];
  readonly heredocs: readonly Heredoc[];
  /** The instruction behind ONBUILD. */
  readonly nested: Statement | undefined;
}

/** A word, or one `name=value` of ENV and LABEL. */
export type Argument = Word | Pair;

/** Quotes and variables are still in name and value. */
export interface Pair {
  readonly name: Word;
  readonly value: Word;
  /** False for the older form `ENV name value`, where the rest of the line is the value. */
  readonly delimited: boolean;
  readonly span: Span;
}

/** A document inside the Dockerfile: `<<NAME` and the lines up to one that says NAME. */
export interface Heredoc {
  readonly name: string;
  /** As it was written, tabs included; every line ends with the line ending of the source. */
  readonly content: string;
  /** Whether variables in it are replaced: not where any part of the name was quoted. */
  readonly expand: boolean;
  /** `<<-`: tabs at the start of lines are not part of it. */
  readonly stripTabs: boolean;
  /** The number before `<<`, 0 where there is none. */
  readonly descriptor: number;
  /** The marker in the line of the instruction. */
  readonly marker: Span;
  /** The lines of the content, without the one that ends it. */
  readonly body: Span;
}
