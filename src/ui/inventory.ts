import type { Coverage, OwnerKind } from "../inventory/coverage.ts";
import type { InventoryPackage, InventorySummary, LayerShare } from "../inventory/inventory.ts";
import { formatBytes, formatTable } from "./format.ts";
import { licencesCell } from "./licences-cell.ts";
import { carriedText } from "./owner-text.ts";
import { pathText } from "./path-text.ts";
import { printableLine } from "./printable.ts";

/** In the order in which they are told. */
const OWNER_KINDS: readonly OwnerKind[] = ["package", "app", "step", "base", "nobody"];

const WORDS: Readonly<Record<OwnerKind, string>> = {
  package: "packages",
  app: "the app (build context)",
  step: "steps of the build",
  base: "the base, outside packages",
  nobody: "nobody knows whom",
};

/** The packages of an image as a table, whose its files are, and what it ships for nothing. */
export function inventoryText(name: string, platform: string, inventory: InventorySummary): string {
  const { packages, coverage, layers, system, warnings } = inventory;
  const rows = packages.map((each) => [
    each.facts.name,
    each.facts.version || "-",
    each.facts.type,
    licencesCell(each.facts.licenses),
    formatBytes(each.bytes),
    whereCell(each),
  ]);
  const header = ["PACKAGE", "VERSION", "KIND", "LICENCE", "SIZE", "RECORDED IN"];
  const table = packages.length === 0 ? "" : `${formatTable(header, rows, [4])}\n`;
  return [
    `${printableLine(`${name} (${platform}${system === undefined ? "" : `, ${system.name}`}): ${countedKinds(packages)}`)}\n\n`,
    table,
    coverageText(coverage),
    deadText(layers),
    ...warnings.map((text) => `note: ${printableLine(text)}\n`),
  ].join("");
}

function countedKinds(packages: readonly InventoryPackage[]): string {
  const kinds = Map.groupBy(packages, ({ facts }) => facts.type);
  const counted = [...kinds].sort(([, a], [, b]) => b.length - a.length).map(([kind, of]) => `${of.length} ${kind}`);
  const total = packages.length === 1 ? "1 package" : `${packages.length} packages`;
  return kinds.size === 0 ? "no package that anything speaks of" : `${total} (${counted.join(", ")})`;
}

function whereCell({ locations, carriedFrom }: InventoryPackage): string {
  if (carriedFrom !== undefined) return carriedText(carriedFrom);
  const [first] = locations;
  if (first === undefined) return "-";
  const inside = first.inside === undefined ? "" : `!${first.inside}`;
  return `${pathText(first.record)}${inside}${locations.length === 1 ? "" : ` and ${locations.length - 1} more`}`;
}

function coverageText(coverage: Coverage): string {
  const total = OWNER_KINDS.reduce((sum, kind) => sum + coverage[kind].bytes, 0);
  const rows = OWNER_KINDS.filter((kind) => coverage[kind].files > 0).map((kind) => {
    const { files, bytes } = coverage[kind];
    return [WORDS[kind], String(files), formatBytes(bytes), share(bytes, total)];
  });
  return formatTable(["FILES OF", "FILES", "SIZE", "SHARE"], rows, [1, 2, 3]);
}

/** Never 100 % of something that is not all of it. */
function share(bytes: number, total: number): string {
  if (total === 0) return "-";
  const percent = (bytes / total) * 100;
  return `${bytes === total ? "100" : Math.min(99.9, percent).toFixed(1)} %`;
}

function deadText(layers: readonly LayerShare[]): string {
  const dead = layers.reduce((sum, { deadBytes }) => sum + deadBytes, 0);
  if (dead === 0) return "";
  const [worst] = layers.toSorted((a, b) => b.deadBytes - a.deadBytes);
  const of =
    worst === undefined || worst.story.text === "" ? "" : `, most of it of: ${printableLine(worst.story.text)}`;
  return `\n${formatBytes(dead)} are shipped and not seen: later layers remove or replace them${of}\n`;
}
