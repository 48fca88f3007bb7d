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
const VERSION: Column = { header: "VERSION", cell: ({ version }) => version, least: 9 };
const FIXED: Column = { header: "FIXED IN", cell: ({ fixed }) => fixed, least: 9 };
const BY_PACKAGE: readonly Column[] = [PACKAGE, VERSION, FIXED, ID, ...REST];
const BY_FLAW: readonly Column[] = [ID, ...REST, FIXED, { ...PACKAGE, header: "PACKAGES", least: 20 }];

const GAP = 2;
/** Columns that the fix of a flaw keeps, however narrow the terminal is. */
const LEAST_REST = 12;
/** Packages of a reason that are named. */
const MAX_NAMES = 8;
/** Packages without an answer that stand in the table; what they are all is said below by reason. */
const MAX_UNASSESSED = 20;

/** A scan for people; lines of the table are at most `width` columns wide where they can be. */
export function scanText(scan: ShownScan, width: number): string {
  const { headline, stale, subject, counts, by, groups, notAssessed, fixesOnly, feeds, notes } = scan;
  const columns = by === "cve" ? BY_FLAW : BY_PACKAGE;
  const blocks = [
    [headline, ...(stale === undefined ? [] : [stale]), subject, ...counts].map(line).join(""),
    ...groups.map(({ title, rows }) => {
      const { kept, left } = withoutMost(rows);
      const table = kept.length === 0 ? "" : findingsTable(kept, columns, width);
      const more = left === 0 ? "" : line(`and ${count(left, "more package")} not assessed`);
      return `${title === undefined ? "" : line(title)}${table}${more}`;
    }),
    reasonsText("NOT ASSESSED", notAssessed),
    reasonsText("ONLY MISSING FIXES CAN BE SEEN", fixesOnly),
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
  const natural = used.map(({ header }, column) => widest([header, ...cells.map((row) => row[column] ?? "")]));
  const widths = narrowed(natural, used, width);
  if (sum(widths) > width) return columns === BY_FLAW ? rows.map(flawText).join("") : packagesText(rows, width);
  const fitted = cells.map((row) => row.map((cell, column) => fitWidth(cell, widths[column] ?? 0)));
  return formatTable(
    used.map(({ header }) => header),
    fitted,
  );
}

function narrowed(natural: readonly number[], columns: readonly Column[], width: number): readonly number[] {
  const widths = [...natural];
  for (let over = sum(widths) - width; over > 0; over = sum(widths) - width) {
    let largest: number | undefined;
    for (const [column, { least }] of columns.entries()) {
      const own = widths[column] ?? 0;
      if (least !== undefined && own > least && own > (largest === undefined ? 0 : (widths[largest] ?? 0)))
        largest = column;
    }
    if (largest === undefined) break;
    widths[largest] = (widths[largest] ?? 0) - 1;
  }
  return widths;
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, each) => total + each + GAP, -GAP);
}

/** For narrow terminals: a flaw, and below it where it is. */
function flawText(row: ShownRow): string {
  const known = [row.severity, fixText(row), row.marks].filter((text) => text !== "").join(", ");
  return `${line(`${row.id}: ${known}`)}${line(`  ${row.package} (${row.level})`)}`;
}

/** For narrow terminals: a package, and below it its flaws. */
function packagesText(rows: readonly ShownRow[], width: number): string {
  const groups = Map.groupBy(rows, (row) => `${row.package} ${row.version} (${row.level})`);
  return [...groups]
    .map(([title, own]) => {
      const found = own.filter(({ level }) => level !== "none");
      const cells = found.map((row) => [row.id, row.severity, fixText(row), row.marks].map(printableLine));
      const widths = [0, 1].map((column) => widest(cells.map((row) => row[column] ?? "")));
      const lines = cells.map(([id = "", severity = "", fix = "", marks = ""]) => {
        const named = `  ${padded(id, widths[0])}  ${padded(severity, widths[1])}  `;
        const rest = marks === "" ? fix : `${fix}, ${marks}`;
        return line(`${named}${fitWidth(rest, Math.max(LEAST_REST, width - displayWidth(named)))}`.trimEnd());
      });
      return `${line(title)}${lines.join("")}`;
    })
    .join("");
}

/** No spread: a call takes some hundred thousand arguments at most, and a document may name more packages. */
function widest(cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), 0);
}

function padded(text: string, width = 0): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

function fixText({ fixed, state }: ShownRow): string {
  return fixed === "-" ? state : `fixed in ${fixed}`;
}

function reasonsText(title: string, reasons: readonly ShownReason[]): string {
  if (reasons.length === 0) return "";
  const lines = reasons.map(({ reason, packages }) => {
    const more = packages.length > MAX_NAMES ? ` and ${packages.length - MAX_NAMES} more` : "";
    return line(`  ${count(packages.length, "package")}: ${reason}: ${packages.slice(0, MAX_NAMES).join(", ")}${more}`);
  });
  return `${title}\n${lines.join("")}`;
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
