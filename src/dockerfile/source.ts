import { DistillError } from "../lib/errors.ts";
import { excerpt, type Position } from "../lib/excerpt.ts";

/** A part of the source text: offsets in UTF-16 units, `end` behind its last character. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A piece of a Dockerfile as it is meant, without quotes or continuations where they were taken off, and where it stands. */
export interface Word {
  readonly text: string;
  readonly span: Span;
}

/** Lines and columns, both counted from 1; `end` is the place behind the last character. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** The text of a Dockerfile, with the name that messages give it. */
export class Source {
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** Where an offset lies. */
  position(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.text);
    let [low, high] = [0, this.#lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  /** Where a line begins; the end of the text for one behind the last. */
  offset(line: number): number {
    this.#lineStarts ??= lineStarts(this.text);
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  range(span: Span): Range {
    return { start: this.position(span.start), end: this.position(span.end) };
  }

  /** What stands at a span, with quotes and continuations as they were written. */
  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  /** CONFIG_INVALID at a place: file, line and column, what is wrong, and the line with a mark. */
  error(
    at: Span | Word,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ): DistillError {
    const { start } = "span" in at ? at.span : at;
    const position = this.position(start);
    const { file, text } = this;
    const place = `${file}:${position.line}:${position.column}`;
    return new DistillError("CONFIG_INVALID", `${place}: ${message}\n${excerpt(text, position)}`, options);
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
