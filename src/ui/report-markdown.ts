import { printableLine } from "./printable.ts";
import type { Report, ReportSection } from "./report.ts";

/** A report as GitHub-flavoured markdown; text from elsewhere stays text. */
export function reportMarkdown({ verdict, summary, sections }: Report): string {
  const notes = summary.notes.map(([label, text]) => `${escaped(label)}: ${escaped(text)}`);
  const blocks = [
    `**${escaped(verdict[0] ?? "")}**`,
    ...(verdict.length > 1 ? [verdict.slice(1).map(escaped).join(" ")] : []),
    table(summary.header, summary.rows, []),
    ...notes,
    ...sections.map(sectionMarkdown),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function sectionMarkdown(section: ReportSection): string {
  const heading = `### ${escaped(section.title)}`;
  if (section.kind === "table") return `${heading}\n\n${table(section.header, section.rows, section.right)}`;
  const lists = section.lists.map(({ label, items, more }) => {
    const all = [...items.map(escaped), ...(more === 0 ? [] : [`and ${more} more`])];
    return `* ${escaped(label)}: ${all.join(", ")}`;
  });
  return `${heading}\n\n${lists.join("\n")}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[], right: readonly number[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => (right.includes(column) ? "--:" : "---"));
  const body = rows.map((row) => line(header.map((_, column) => escaped(row[column] ?? ""))));
  return [line(header.map(escaped)), line(rule), ...body].join("\n");
}

/** Everything that markdown or HTML would take for more than text. */
function escaped(text: string): string {
  return printableLine(text)
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
