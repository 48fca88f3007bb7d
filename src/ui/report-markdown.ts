import { printableLine } from "./printable.ts";
import type { Report, ReportSection } from "./report.ts";

/** A report as GitHub-flavoured markdown; text from elsewhere stays text. */
export function reportMarkdown({ verdict, summary, sections }: Report): string {
  const notes = summary.notes.map(([label, text]) => `${markdownText(label)}: ${markdownText(text)}`);
  const blocks = [
    `**${markdownText(verdict[0] ?? "")}**`,
    ...(verdict.length > 1 ? [verdict.slice(1).map(markdownText).join(" ")] : []),
    markdownTable(summary.header, summary.rows, []),
    ...notes,
    ...sections.map(sectionMarkdown),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function sectionMarkdown(section: ReportSection): string {
  const heading = `### ${markdownText(section.title)}`;
  if (section.kind === "table") return `${heading}\n\n${markdownTable(section.header, section.rows, section.right)}`;
  const lists = section.lists.map(({ label, items, more }) => {
    const all = [...items.map(markdownText), ...(more === 0 ? [] : [`and ${more} more`])];
    return `* ${markdownText(label)}: ${all.join(", ")}`;
  });
  return `${heading}\n\n${lists.join("\n")}`;
}

/** A table; cells are text from elsewhere. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => (right.includes(column) ? "--:" : "---"));
  const body = rows.map((row) => line(header.map((_, column) => markdownText(row[column] ?? ""))));
  return [line(header.map(markdownText)), line(rule), ...body].join("\n");
}

/** Text as one line of text, whatever of it markdown or HTML would take for more than that. */
export function markdownText(text: string): string {
  return printableLine(text)
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
