import { displayWidth, fitWidth } from "../lib/display-width.ts";
import type { ShownFeed, ShownReason, ShownRow, ShownScan } from "../scan/shown-scan.ts";
import { count, formatAge, formatTable } from "./format.ts";
import { printableLine } from "./printable.ts";

/** A column of the table of findings. */
interface Column {
  readonly header: string;
  readonly cell: (row: ShownRow) => string;
  /** Columns that it keeps where the terminal is narrow; undefined where it is never cut. */
  readonly least?: number;
}

const PACKAGE: Column = { header: "PACKAGE", cell: (row) => row.package, least: 12 };
const ID: Column = { header: "ID", cell: ({ id }) => id };
const REST: readonly Column[] = [
  { header: "SEVERITY", cell: ({ severity }) => severity },
  { header: "STATE", cell: ({ state }) => state, least: 8 },
  { header: "LEVEL", cell: ({ level }) => level },
  { header: "", cell: ({ marks }) => marks },
];
const VERSIONS: readonly Column[] = [
  { header: "VERSION", cell: ({ version }) => version, least: 9 },
  { header: "FIXED IN", cell: ({ fixed }) => fixed, least: 9 },
];
const BY_PACKAGE: readonly Column[] = [PACKAGE, ...VERSIONS, ID, ...REST];
const BY_FLAW: readonly Column[] = [ID, ...REST, ...VERSIONS, PACKAGE];

const GAP = 2;
/** Packages of a reason that are named. */
const MAX_NAMES = 8;
/** Packages without an answer that stand in the table; what they are all is said below by reason. */
const MAX_UNASSESSED = 20;

/** A scan for people; lines of the table are at most `width` columns wide where they can be. */
export function scanText(scan: ShownScan, width: number): string {
  const { headline, stale, subject, counts, by, groups, notAssessed, feeds, notes } = scan;
  const columns = by === "cve" ? BY_FLAW : BY_PACKAGE;
  const blocks = [
    [headline, ...(stale === undefined ? [] : [stale]), subject, ...counts].map(line).join(""),
    ...groups.map(({ title, rows }) => {
      const { kept, left } = withoutMost(rows);
      const table = kept.length === 0 ? "" : findingsTable(kept, columns, width);
      const more = left === 0 ? "" : line(`and ${count(left, "more package")} not assessed`);
      return `${title === undefined ? "" : line(title)}${table}${more}`;
    }),
    reasonsText(notAssessed),
    feedsText(feeds),
    notes.map((note) => line(`note: ${note}`)).join(""),
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

function withoutMost(rows: readonly ShownRow[]): { readonly kept: readonly ShownRow[]; readonly left: number } {
  const unassessed = rows.filter(({ level }) => level === "none");
  const cut = new Set(unassessed.slice(MAX_UNASSESSED));
  return { kept: rows.filter((row) => !cut.has(row)), left: cut.size };
}

/** Cells that may be cut give way, the widest first; where that is not enough, a finding takes two lines. */
function findingsTable(rows: readonly ShownRow[], columns: readonly Column[], width: number): string {
  const used = columns.filter(({ header, cell }) => header !== "" || rows.some((row) => cell(row) !== ""));
  const cells = rows.map((row) => used.map(({ cell }) => printableLine(cell(row))));
  const natural = used.map(({ header }, column) =>
    Math.max(displayWidth(header), ...cells.map((row) => displayWidth(row[column] ?? ""))),
  );
  const widths = narrowed(natural, used, width);
  if (sum(widths) > width) return rows.map(stacked).join("");
  const fitted = cells.map((row) => row.map((cell, column) => fitWidth(cell, widths[column] ?? 0)));
  return formatTable(
    used.map(({ header }) => header),
    fitted,
  );
}

function narrowed(natural: readonly number[], columns: readonly Column[], width: number): readonly number[] {
  const widths = [...natural];
  for (let over = sum(widths) - width; over > 0; over = sum(widths) - width) {
    let widest: number | undefined;
    for (const [column, { least }] of columns.entries()) {
      const own = widths[column] ?? 0;
      if (least !== undefined && own > least && own > (widest === undefined ? 0 : (widths[widest] ?? 0)))
        widest = column;
    }
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, each) => total + each + GAP, -GAP);
}

function stacked(row: ShownRow): string {
  const fixed = row.fixed === "-" ? "" : `, fixed in ${row.fixed}`;
  const marks = row.marks === "" ? "" : `, ${row.marks}`;
  return `${line(`${row.package} ${row.version}: ${row.id}`)}${line(`  ${row.severity}, ${row.state}${fixed}${marks} (${row.level})`)}`;
}

function reasonsText(reasons: readonly ShownReason[]): string {
  if (reasons.length === 0) return "";
  const lines = reasons.map(({ reason, packages }) => {
    const more = packages.length > MAX_NAMES ? ` and ${packages.length - MAX_NAMES} more` : "";
    return line(`  ${count(packages.length, "package")}: ${reason}: ${packages.slice(0, MAX_NAMES).join(", ")}${more}`);
  });
  return `NOT ASSESSED\n${lines.join("")}`;
}

function feedsText(feeds: readonly ShownFeed[]): string {
  if (feeds.length === 0) return "";
  const rows = feeds.map(({ name, day, age, stale, failure }) => [
    name,
    day,
    `${formatAge(age)}${stale ? ", stale" : ""}`,
    failure === undefined ? "" : `not renewed: ${failure}`,
  ]);
  return formatTable(["DATA", "OF", "SEEN", ""], rows);
}

function line(text: string): string {
  return `${printableLine(text)}\n`;
}
