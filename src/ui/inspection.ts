import { formatBytes, formatTable } from "./format.ts";
import { printable, printableLine } from "./printable.ts";

/** Lines of text about something, each value on a line of its own; what has no values is left out. */
export interface Fact {
  readonly label: string;
  readonly values: readonly string[];
}

/** A row of the table of layers: a layer, the step that made it, or both. Bytes; null where they are not known. */
export interface LayerRow {
  readonly layer:
    | {
        readonly digest: string;
        readonly mediaType: string;
        readonly compressed: number;
        readonly uncompressed: number | null;
      }
    | undefined;
  readonly step: string;
}

/** A row of the table of an index. */
export interface EntryRow {
  readonly what: string;
  readonly digest: string;
  readonly compressed: number | null;
  readonly uncompressed: number | null;
}

const LAYER_HEADINGS = ["COMPRESSED", "UNCOMPRESSED", "DIGEST", "MEDIA TYPE", "STEP"];
const ENTRY_HEADINGS = ["PLATFORM", "COMPRESSED", "UNCOMPRESSED", "DIGEST"];
/** Columns that a step may take. */
const STEP_WIDTH = 100;

/** A name as heading, and below it what is known, in aligned columns. */
export function describeFacts(heading: string, facts: readonly Fact[]): string {
  const shown = facts.filter(({ values }) => values.length > 0);
  const width = Math.max(0, ...shown.map(({ label }) => label.length));
  const lines = shown.flatMap(({ label, values }) =>
    values.map((value, index) => `  ${(index === 0 ? label : "").padEnd(width)}  ${printableLine(value)}`),
  );
  return `${[printable(heading), ...lines].join("\n")}\n`;
}

/** "14.6 MB compressed, 42.0 MB uncompressed"; what is not known is said to be unknown. */
export function describeSizes(compressed: number, uncompressed: number | null): string {
  return `${formatBytes(compressed)} compressed, ${sizeOf(uncompressed)} uncompressed`;
}

/** Layers from below, beside the steps that made them. */
export function layerTable(rows: readonly LayerRow[]): string {
  const cells = rows.map(({ layer, step }) => {
    const text = step.replace(/\s+/g, " ").trim();
    const shown = text.length > STEP_WIDTH ? `${text.slice(0, STEP_WIDTH - 3)}...` : text;
    if (layer === undefined) return ["", "", "(no layer)", "", shown];
    const { digest, mediaType, compressed, uncompressed } = layer;
    return [formatBytes(compressed), sizeOf(uncompressed), digest.slice(0, 19), shortType(mediaType), shown];
  });
  return formatTable(LAYER_HEADINGS, cells, [0, 1]);
}

/** What an index names. */
export function entryTable(rows: readonly EntryRow[]): string {
  const cells = rows.map(({ what, digest, compressed, uncompressed }) => [
    what,
    sizeOf(compressed),
    sizeOf(uncompressed),
    digest,
  ]);
  return formatTable(ENTRY_HEADINGS, cells, [1, 2]);
}

function sizeOf(bytes: number | null): string {
  return bytes === null ? "unknown" : formatBytes(bytes);
}

function shortType(mediaType: string): string {
  return mediaType.replace(/^application\/vnd\./, "");
}
