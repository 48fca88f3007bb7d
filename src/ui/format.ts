import { displayWidth } from "../lib/display-width.ts";
import { printableLine } from "./printable.ts";

/** Bytes for people, in powers of 1000 as disks and registries count: "14.3 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** "1 layer", "5 layers". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Milliseconds for people: "0.4s", "1m 12s". */
export function formatDuration(milliseconds: number): string {
  const tenths = Math.round(Math.max(0, milliseconds) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(tenths / 10);
  return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}

/** How long ago: "just now", "5 minutes ago", "3 days ago". */
export function formatAge(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${count(minutes, "minute")} ago`;
  if (minutes < 48 * 60) return `${count(Math.floor(minutes / 60), "hour")} ago`;
  return `${count(Math.floor(minutes / 1440), "day")} ago`;
}

/**
 * Rows in aligned columns, two spaces apart; columns named in `right` are aligned to the right. Each row is one line,
 * whatever its cells hold.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [header, ...rows].map((row) => header.map((_, column) => printableLine(row[column] ?? "")));
  const widths = header.map((_, column) =>
    all.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? "")), 0),
  );
  const line = (row: readonly string[]): string => {
    const cells = row.map((cell, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - displayWidth(cell));
      return right.includes(column) ? padding + cell : cell + padding;
    });
    return cells.join("  ").trimEnd();
  };
  return `${all.map(line).join("\n")}\n`;
}
