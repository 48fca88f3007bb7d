import { annotationData as data, annotationProperty as property } from "./github-annotation.ts";
import { printable } from "./printable.ts";

/** What the checks of a file came to, as it is shown. */
export interface ShownChecks {
  readonly file: string;
  readonly findings: readonly ShownFinding[];
  /** Why the file cannot be used at all. */
  readonly failure: ShownFailure | undefined;
  /** Findings are failures here, not warnings. */
  readonly error: boolean;
  /** What people should know besides. */
  readonly notes: readonly string[];
}

/** A finding of a check, as it is shown. */
export interface ShownFinding {
  readonly rule: string;
  readonly detail: string;
  /** From 1, in UTF-16 units; `end` is behind the last character. */
  readonly start: Place;
  readonly end: Place;
  /** The line itself, with its number and a mark. */
  readonly excerpt: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface ShownFailure {
  /** Without place and excerpt. */
  readonly message: string;
  readonly place: Place | undefined;
}

/** Findings for people: each with its line, and how many there are. A failure is told elsewhere. */
export function findingsText({ file, findings, failure, notes }: ShownChecks): string {
  const told = notes.map((note) => `${printable(note)}\n`).join("");
  const name = printable(file);
  if (findings.length === 0) return failure === undefined ? `${name}: nothing found\n${told}` : "";
  const parts = findings.map(
    ({ rule, detail, start, excerpt }) =>
      `${name}:${start.line}:${start.column}: ${rule}: ${printable(detail)}\n${excerpt}\n`,
  );
  const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  const ends = failure === undefined ? "" : ", up to the line that cannot be built";
  return `${parts.join("\n")}\n${count} in ${name}${ends} (docs/checks.md)\n${told}`;
}

/** Annotations of a GitHub workflow: `::warning file=...` lines, and `::error` for what fails. */
export function findingsGithub({ file, findings, failure, error }: ShownChecks): string {
  const lines = findings.map(({ rule, detail, start, end }) => {
    // Columns are of one line only.
    const columns = start.line === end.line ? `,col=${start.column},endColumn=${end.column}` : "";
    const place = `file=${property(file)},line=${start.line},endLine=${end.line}${columns}`;
    return `::${error ? "error" : "warning"} ${place},title=${property(rule)}::${data(detail)}\n`;
  });
  if (failure === undefined) return lines.join("");
  const { message, place } = failure;
  const at = place === undefined ? "" : `,line=${place.line},col=${place.column}`;
  return `${lines.join("")}::error file=${property(file)}${at}::${data(message)}\n`;
}
