import { displayPath } from "../../rootfs/path.ts";
import type { InventoryPackage, InventorySummary } from "../inventory.ts";
import type { PackageType } from "../package.ts";

/** What is told of a package, beside what a format has fields for: a name, and what is said. Names may come more than once. */
export type Note = readonly [name: string, value: string];

/** Prefix of the names: properties of CycloneDX, annotations of SPDX. */
export const NOTE_PREFIX = "distill:";

const WITH_ARCHITECTURE: ReadonlySet<PackageType> = new Set(["deb", "apk", "rpm"]);

/** The notes of a package, in an order that depends on the inventory alone. */
export function packageNotes(of: InventoryPackage, { layers }: InventorySummary): readonly Note[] {
  const { facts, locations, carriedFrom, fileCount, bytes, parts, missing, modified } = of;
  const { source, architecture, type, provides = [] } = facts;
  const diffIDs = new Set(locations.flatMap(({ layer }) => layers[layer]?.diffID ?? []));
  return [
    ...(source === undefined ? [] : notes("source", [source.name])),
    ...(source === undefined ? [] : notes("source-version", [source.version])),
    // A package URL of these types has it.
    ...notes("architecture", architecture === "" || WITH_ARCHITECTURE.has(type) ? [] : [architecture]),
    ...notes("layer", [...diffIDs]),
    ...notes("copied-from", carriedFrom === undefined ? [] : [carriedFrom]),
    ...notes("files", [String(fileCount)]),
    ...notes("bytes", [String(bytes)]),
    ...notes("modified", modified.map(displayPath)),
    // They are nothing on their own: as packages, they would be matched against advisories once more.
    ...notes(
      "part",
      parts.map(({ purl }) => purl),
    ),
    ...notes("provides", provides),
    ...notes(
      "missing",
      missing.map((alternatives) => alternatives.join(" | ")),
    ),
  ];
}

/** What is told of the image as a whole. */
export function inventoryNotes({ coverage, layers, warnings }: InventorySummary): readonly Note[] {
  const dead = layers.reduce((sum, { deadBytes }) => sum + deadBytes, 0);
  return [
    ...Object.entries(coverage).flatMap(([kind, { files, bytes }]) => [
      ...notes(`coverage:${kind}:files`, [String(files)]),
      ...notes(`coverage:${kind}:bytes`, [String(bytes)]),
    ]),
    ...notes("dead-bytes", [String(dead)]),
    ...notes("warning", warnings),
  ];
}

export function notes(name: string, values: readonly string[]): readonly Note[] {
  return values.map((value) => [`${NOTE_PREFIX}${name}`, value] as const);
}
