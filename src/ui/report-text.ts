import { displayWidth, fitWidth, fitWidthEnd } from "../lib/display-width.ts";
import { formatTable } from "./format.ts";
import { printableLine } from "./printable.ts";
import type { Report, ReportList, ReportSection } from "./report.ts";

/** Columns that a report takes at most. */
export const REPORT_WIDTH = 80;
const GAP = 2;
const MAX_NOTE_LINES = 4;
const INDENT = "  ";

/** A report in lines of at most 80 columns. */
export function reportText({ verdict, summary, sections }: Report): string {
  const notes = summary.notes.map(([label, text]) => [label, text]);
  const labels = Math.max(...[...summary.rows, ...notes].map(([label = ""]) => displayWidth(label)));
  const blocks = [
    verdict.flatMap((sentence) => wrapped(printableLine(sentence).split(" "), " ", "")).join("\n"),
    `${summaryTable(summary, labels)}${notes.flatMap(([label = "", text = ""]) => noteLines(label, text, labels)).join("\n")}`,
    ...sections.map(sectionText),
  ];
  return `${blocks.map((block) => block.trimEnd()).join("\n\n")}\n`;
}

/** A text beside its label, in as many lines as are read by people. */
function noteLines(label: string, text: string, labels: number): readonly string[] {
  const indent = " ".repeat(labels + GAP);
  const lines = wrapped(printableLine(text).split(" "), " ", indent);
  const shown = lines.length > MAX_NOTE_LINES ? [...lines.slice(0, MAX_NOTE_LINES - 1), `${indent}…`] : lines;
  return shown.map((line, index) => (index === 0 ? `${label.padEnd(labels)}${line.slice(labels)}` : line));
}

/** The sides share what labels and changes leave them; of a name that is too long the end is kept. */
function summaryTable({ header, rows }: Report["summary"], labels: number): string {
  const last = header.length - 1;
  const changes = Math.max(...[header, ...rows].map((row) => displayWidth(row[last] ?? "")));
  const each = Math.floor((REPORT_WIDTH - labels - changes - GAP * last) / (last - 1));
  const fitted = rows.map((row) =>
    row.map((cell, column) => (column === 0 || column === last ? cell : fitWidthEnd(printableLine(cell), each))),
  );
  return formatTable(header, fitted);
}

function sectionText(section: ReportSection): string {
  if (section.kind === "lists") {
    return [section.title, ...section.lists.flatMap(listLines)].join("\n");
  }
  const { title, header, rows, right, keep } = section;
  const last = header.length - 1;
  const before = header
    .slice(0, last)
    .reduce(
      (sum, name, column) => sum + GAP + Math.max(...[name, ...rows.map((row) => row[column] ?? "")].map(displayWidth)),
      0,
    );
  const fit = keep === "end" ? fitWidthEnd : fitWidth;
  const fitted = rows.map((row) => [
    ...row.slice(0, last),
    fit(printableLine(row[last] ?? ""), REPORT_WIDTH - INDENT.length - before),
  ]);
  const table = formatTable(header, fitted, right);
  return `${title}\n${table
    .trimEnd()
    .split("\n")
    .map((line) => `${INDENT}${line}`)
    .join("\n")}`;
}

function listLines({ label, items, more }: ReportList): readonly string[] {
  const all = more === 0 ? items : [...items, `and ${more} more`];
  return [
    fitWidth(`${INDENT}${printableLine(label)}`, REPORT_WIDTH),
    ...wrapped(all.map(printableLine), ", ", INDENT.repeat(2)),
  ];
}

/** Items beside one another, as many as fit a line; one that is longer than a line is cut. */
function wrapped(items: readonly string[], separator: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const [index, item] of items.entries()) {
    const ended = index === items.length - 1 ? item : `${item}${separator.trimEnd()}`;
    const cell = fitWidth(ended, REPORT_WIDTH - indent.length);
    const joined = line === "" ? `${indent}${cell}` : `${line} ${cell}`;
    if (line !== "" && displayWidth(joined) > REPORT_WIDTH) {
      lines.push(line);
      line = `${indent}${cell}`;
    } else line = joined;
  }
  return line === "" ? lines : [...lines, line];
}
