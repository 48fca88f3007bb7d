import type { Reason } from "../compose/choice/closure.ts";
import type { ComposeRecord } from "../compose/record.ts";
import { formatBytes, formatTable } from "./format.ts";

/**
 * What a base was composed of, for people: every package with the reason why it is there, every one that was dropped, and
 * every slice that was left out with its size. `describe` says what a slice holds.
 */
export function explainComposition(
  record: ComposeRecord,
  describe: (slice: ComposeRecord["leftOut"][number]["slice"]) => string,
): string {
  return [packagesPart(record), droppedPart(record), slicesPart(record, describe)]
    .filter((part) => part !== "")
    .join("\n");
}

function packagesPart({ packages }: ComposeRecord): string {
  const rows = packages.map(({ name, version, tier, bytes, reason }) => [
    name,
    version,
    tier,
    formatBytes(bytes),
    describeReason(reason),
  ]);
  return formatTable(["PACKAGE", "VERSION", "LAYER", "SIZE", "WHY"], rows, [3]);
}

function droppedPart({ dropped }: ComposeRecord): string {
  if (dropped.length === 0) return "";
  const rows = dropped.map(({ name, why }) => [name, why]);
  return `Not in the image (-p NAME keeps one):\n${formatTable(["PACKAGE", "WHY"], rows)}`;
}

function slicesPart({ leftOut }: ComposeRecord, describe: Parameters<typeof explainComposition>[1]): string {
  if (leftOut.length === 0) return "";
  const rows = leftOut
    .toSorted((a, b) => b.bytes - a.bytes)
    .map(({ slice, files, bytes }) => [slice, String(files), formatBytes(bytes), describe(slice)]);
  const table = formatTable(["SLICE", "FILES", "SIZE", "WHAT"], rows, [1, 2]);
  return `Left out of the packages (--slice NAME keeps one):\n${table}`;
}

/** The reason why a package is in an image, as the end of "it is there, ...". */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case "root":
      return "asked for";
    case "depends":
      return `${reason.from} depends on it`;
    case "needed":
      return `${reason.by} needs ${reason.library}`;
    case "dlopen":
      return `${reason.from} loads it: ${reason.why}`;
  }
}
