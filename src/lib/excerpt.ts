import { displayWidth } from "./display-width.ts";

/** A place in a text file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Characters of a line that are shown; of a longer one, what lies around the place. */
const MAX_SHOWN = 100;

/** The line at `position` with its number, and a mark below the column. */
export function excerpt(text: string, position: Position): string {
  return excerptOfLine(lineOf(text, position.line), position);
}

/** `excerpt` for who has the line already. */
export function excerptOfLine(whole: string, position: Position): string {
  const column = Math.min(position.column - 1, whole.length);
  const start = whole.length <= MAX_SHOWN ? 0 : Math.max(0, column - MAX_SHOWN / 2);
  const end = start + MAX_SHOWN;
  const before = (start > 0 ? "…" : "") + visible(whole.slice(start, column));
  const after = visible(whole.slice(column, end)) + (end < whole.length ? "…" : "");
  const number = String(position.line);
  const margin = " ".repeat(number.length);
  return `  ${number} | ${before}${after}\n  ${margin} | ${" ".repeat(displayWidth(before))}^`;
}

function lineOf(text: string, line: number): string {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf("\n", start) + 1;
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
}

/** One column for each character that has none of its own, so that the mark stands where it should. */
function visible(text: string): string {
  return text.replaceAll("\t", " ").replace(/[\x00-\x1f\x7f-\x9f]/g, "\ufffd");
}
