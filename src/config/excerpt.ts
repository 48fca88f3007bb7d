/** A place in a text file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The line at `position` with its number, and a mark below the column. */
export function excerpt(text: string, position: Position): string {
  const line = text.split(/\r?\n/)[position.line - 1] ?? "";
  const shown = line.slice(0, 160).replaceAll("\t", " ");
  const number = String(position.line);
  return `  ${number} | ${shown}\n  ${" ".repeat(number.length)} | ${" ".repeat(Math.max(0, position.column - 1))}^`;
}
