import type { ShownReason, ShownRow, ShownScan } from "../scan/shown-scan.ts";
import { count, formatAge } from "./format.ts";
import { markdownTable, markdownText } from "./report-markdown.ts";

/** Findings that a comment shows: GitHub takes 65,536 characters. */
const MAX_ROWS = 150;
const MAX_CELL = 80;
const MAX_REASONS = 20;
const MAX_NAMES = 8;
const MAX_NOTES = 30;

/** A scan as GitHub-flavoured markdown, short enough for a comment on a change. */
export function scanMarkdown(scan: ShownScan): string {
  const { headline, stale, subject, counts, groups, notAssessed, fixesOnly, feeds, notes } = scan;
  const blocks = [
    `**${cut(headline, 600)}**`,
    ...(stale === undefined ? [] : [`**${cut(stale, 600)}**`]),
    [subject, ...counts].map((text) => cut(text, 300)).join("<br>\n"),
    ...groupBlocks(groups),
    ...reasonBlocks("Not assessed", notAssessed),
    ...reasonBlocks("Only missing fixes can be seen", fixesOnly),
    ...(feeds.length === 0
      ? []
      : [
          `### Data\n\n${markdownTable(
            ["Data", "Of", "Seen"],
            feeds.map(({ name, day, age, stale: old }) => [name, day, `${formatAge(age)}${old ? ", stale" : ""}`]),
            [],
          )}`,
        ]),
    ...(notes.length === 0
      ? []
      : [
          [
            ...notes.slice(0, MAX_NOTES).map((note) => `* ${cut(note, 300)}`),
            ...(notes.length > MAX_NOTES ? [`* and ${count(notes.length - MAX_NOTES, "more note")}`] : []),
          ].join("\n"),
        ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function reasonBlocks(title: string, reasons: readonly ShownReason[]): readonly string[] {
  if (reasons.length === 0) return [];
  const lines = reasons.slice(0, MAX_REASONS).map(({ reason, packages }) => {
    const more = packages.length > MAX_NAMES ? ` and ${packages.length - MAX_NAMES} more` : "";
    const named = packages.slice(0, MAX_NAMES).map((each) => cut(each));
    return `* ${count(packages.length, "package")}: ${cut(reason, 200)}: ${named.join(", ")}${more}`;
  });
  const rest = reasons.length > MAX_REASONS ? [`* and ${count(reasons.length - MAX_REASONS, "more reason")}`] : [];
  return [`### ${title}\n\n${[...lines, ...rest].join("\n")}`];
}

function groupBlocks(groups: ShownScan["groups"]): readonly string[] {
  let left = MAX_ROWS;
  let hidden = 0;
  const blocks = groups.flatMap(({ title, rows }) => {
    const findings = rows.filter(({ level }) => level !== "none");
    const shown = findings.slice(0, left);
    left -= shown.length;
    hidden += findings.length - shown.length;
    if (shown.length === 0) return [];
    return [...(title === undefined ? [] : [`### ${cut(title, 200)}`]), tableOf(shown)];
  });
  return hidden === 0 ? blocks : [...blocks, `and ${count(hidden, "more finding")}`];
}

function tableOf(rows: readonly ShownRow[]): string {
  const header = ["Package", "Version", "Fixed in", "ID", "Severity", "State", "Level", "Known of it"];
  const cells = rows.map((row) =>
    [row.package, row.version, row.fixed, row.id, row.severity, row.state, row.level, row.marks].map((cell) =>
      shortened(cell, MAX_CELL),
    ),
  );
  return markdownTable(header, cells, []);
}

function cut(text: string, most = MAX_CELL): string {
  return markdownText(shortened(text, most));
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
