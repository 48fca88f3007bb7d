import type { EscapeCharacter } from "./instruction.ts";
import { limitLines } from "./limits.ts";
import type { Span, Word } from "./source.ts";
import { isSpace, skipSpaces } from "./spaces.ts";

/** The lines of a text, one after another. */
export class LineReader {
  readonly text: string;
  /** Where the next line begins. */
  at: number;
  /** Lines that were read. */
  count: number;

  constructor(text: string, at = 0, count = 0) {
    this.text = text;
    this.at = at;
    this.count = count;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** The next line without its end; `next` is where the one after it begins. */
  read(): Span & { readonly next: number } {
    const start = this.at;
    const newline = this.text.indexOf("\n", start);
    this.at = newline < 0 ? this.text.length : newline + 1;
    this.count++;
    limitLines(this.count);
    let end = newline < 0 ? this.text.length : newline;
    while (end > start && this.text.charCodeAt(end - 1) === 0x0d) end--;
    return { start, end, next: this.at };
  }
}

/** Lines that were joined at their continuations. Remembers where each part stood. */
export class JoinedLine {
  readonly text: string;
  /** Where parts begin in `text`, ascending, the first at 0. */
  readonly #starts: readonly number[];
  /** Where the same parts begin in the source. */
  readonly #offsets: readonly number[];

  constructor(text: string, starts: readonly number[], offsets: readonly number[]) {
    this.text = text;
    this.#starts = starts;
    this.#offsets = offsets;
  }

  /** The span in the source of a part of the text. */
  span(start: number, end: number): Span {
    const from = this.#offset(start);
    return { start: from, end: end > start ? this.#offset(end - 1) + 1 : from };
  }

  /** A part of the text as it stands. */
  word(start: number, end: number): Word {
    return { text: this.text.slice(start, end), span: this.span(start, end) };
  }

  #offset(at: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return (this.#offsets[low] ?? 0) + at - (this.#starts[low] ?? 0);
  }
}

export interface ReadLine {
  readonly line: JoinedLine;
  readonly firstLine: number;
  /** Lines without content between continued ones. */
  readonly emptyContinuations: readonly number[];
}

/**
 * Reads one line with those that continue it: an escape character, not escaped itself, that only spaces follow. Comment
 * lines and empty lines in between do not count. Undefined for a line of spaces.
 */
export function readJoinedLine(reader: LineReader, escaper: EscapeCharacter): ReadLine | undefined {
  const { text } = reader;
  const first = reader.read();
  const firstLine = reader.count;
  const start = skipSpaces(text, first.start, first.end);
  if (start === first.end) return undefined;
  const parts: string[] = [];
  const starts: number[] = [];
  const offsets: number[] = [];
  const emptyContinuations: number[] = [];
  let length = 0;
  /** Takes a part of a line, and says whether another continues it. */
  const take = (from: number, to: number): boolean => {
    const continued = continuation(text, from, to, escaper);
    const part = text.slice(from, continued ?? to);
    parts.push(part);
    starts.push(length);
    offsets.push(from);
    length += part.length;
    return continued !== undefined;
  };
  for (let more = take(start, first.end); more && !reader.ended; ) {
    const { start: from, end } = reader.read();
    const content = skipSpaces(text, from, end);
    if (content === end) emptyContinuations.push(reader.count);
    else if (text[content] !== "#") more = take(from, end);
  }
  return { line: new JoinedLine(parts.join(""), starts, offsets), firstLine, emptyContinuations };
}

/** Where the escape character stands that continues the line, or undefined where the line ends. */
function continuation(text: string, start: number, end: number, escaper: EscapeCharacter): number | undefined {
  let at = end - 1;
  while (at >= start && (text[at] === " " || text[at] === "\t")) at--;
  if (at < start || text[at] !== escaper) return undefined;
  return at > start && text[at - 1] === escaper ? undefined : at;
}

/** Where a comment's text begins and ends if the line is one: behind `#`, without spaces around. */
export function commentIn(text: string, line: Span): Span | undefined {
  const hash = skipSpaces(text, line.start, line.end);
  if (hash === line.end || text[hash] !== "#") return undefined;
  const start = skipSpaces(text, hash + 1, line.end);
  let end = line.end;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end };
}
