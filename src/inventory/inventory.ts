import type { Digest } from "../lib/digest.ts";
import { comparePaths, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ElfClaim, SystemClaim } from "./claim.ts";
import { type Coverage, measure, type Share } from "./coverage.ts";
import { dependenciesOf } from "./dependencies.ts";
import type { LayerEvidence } from "./evidence.ts";
import { type FileOwner, ownFiles } from "./file-owners.ts";
import { findPackages } from "./find-packages.ts";
import type { FoundPackage } from "./found-package.ts";
import type { LayerStory } from "./layer-story.ts";
import { claimsOfKind, standingClaims } from "./standing.ts";

/** A package of an image, with what it has there. */
export interface InventoryPackage extends Pick<FoundPackage, "facts" | "purl" | "locations" | "carriedFrom"> {
  /** What it owns: see ownFiles. Bytes of a file with several names count once. */
  readonly fileCount: number;
  readonly bytes: number;
  /** Packages of other kinds that are recorded in its files: what its maker packed. By package URL. */
  readonly parts: readonly Pick<FoundPackage, "facts" | "purl">[];
  /** Package URLs of those in the image that it needs. */
  readonly dependsOn: readonly string[];
  /** What it says it needs, and the image has not; each a list of alternatives. */
  readonly missing: readonly (readonly string[])[];
  /** Paths of its files that a later layer changed. */
  readonly modified: readonly RootPath[];
}

export interface LayerShare {
  readonly diffID: Digest;
  readonly story: LayerStory;
  /** All that it ships. */
  readonly files: number;
  readonly bytes: number;
  /** Of that, what a later layer removed or replaced, and what therefore nobody sees. */
  readonly deadBytes: number;
}

/** What an image holds; plain JSON but for what is undefined. */
export interface InventorySummary {
  readonly system: SystemClaim | undefined;
  /** By kind, then name. */
  readonly packages: readonly InventoryPackage[];
  /** Lowest first. */
  readonly layers: readonly LayerShare[];
  readonly coverage: Coverage;
  readonly warnings: readonly string[];
}

/** What an image holds and who put each file there. */
export interface Inventory extends InventorySummary {
  /** Of everything that is no directory; `package` is a number of `packages`. */
  readonly owners: ReadonlyMap<RootPath, FileOwner>;
  /** ELF files, by where they lie. */
  readonly elf: ReadonlyMap<RootPath, ElfClaim>;
}

export interface InventoryInput {
  /** Nodes have the diffIDs of their layers as owners. */
  readonly tree: Tree;
  /** Lowest first. */
  readonly layers: readonly {
    readonly diffID: Digest;
    readonly evidence: LayerEvidence;
    readonly story: LayerStory;
  }[];
}

/** Joins what the layers of an image say into what the whole image holds. */
export async function takeInventory({ tree, layers }: InventoryInput): Promise<Inventory> {
  const claims = standingClaims(tree, layers);
  const stories = layers.map(({ story }) => story);
  const diffIDs = layers.map(({ diffID }) => diffID);
  const { packages: found, system } = findPackages(claims, stories, tree);
  const owned = await ownFiles({ tree, diffIDs, packages: found, stories });
  const owning = new Set(owned.owners.values().map((owner) => (owner.kind === "package" ? owner.package : undefined)));
  const isThere = (index: number): boolean => found[index]?.carriedFrom === undefined || owning.has(index);
  const places = [...found.keys()].filter((index) => !owned.partOf.has(index) && isThere(index));
  const numbers = new Map(places.map((index, number) => [index, number]));
  const listed = places.flatMap((index) => found[index] ?? []);
  const owners = renumbered(owned.owners, numbers);
  const { ofPackages, coverage, live } = measure(tree, owners);
  const modified = Map.groupBy(owned.modified, ([, index]) => found[index]);
  const parts = partsByHolder(found, owned.partOf);
  const needs = dependenciesOf(listed, parts);
  return {
    system,
    packages: listed.map((each, number) => {
      const { facts, purl, locations, carriedFrom } = each;
      const { files: fileCount, bytes } = ofPackages.get(number) ?? NOTHING;
      return {
        ...{ facts, purl, locations, carriedFrom, fileCount, bytes },
        parts: parts.get(each) ?? [],
        ...(needs[number] ?? { dependsOn: [], missing: [] }),
        modified: (modified.get(each) ?? []).map(([path]) => path).sort(comparePaths),
      };
    }),
    layers: layers.map(({ diffID, evidence: { files, bytes }, story }, index) => {
      // Of the same layer twice, the upper one is what is seen.
      const isSeen = diffIDs.lastIndexOf(diffID) === index;
      return { diffID, story, files, bytes, deadBytes: bytes - (isSeen ? (live.get(diffID) ?? 0) : 0) };
    }),
    coverage,
    owners,
    elf: new Map(claimsOfKind(claims, "elf").map(({ record, claim }) => [record, claim])),
    warnings: [...new Set(layers.flatMap(({ evidence }) => evidence.warnings))],
  };
}

const NOTHING: Share = { files: 0, bytes: 0 };

function renumbered(
  owners: ReadonlyMap<RootPath, FileOwner>,
  numbers: ReadonlyMap<number, number>,
): ReadonlyMap<RootPath, FileOwner> {
  const shared = new Map(
    [...numbers].map(([index, number]) => [index, { kind: "package", package: number } as const] as const),
  );
  const changed = new Map<RootPath, FileOwner>();
  for (const [path, owner] of owners) {
    changed.set(path, owner.kind === "package" ? (shared.get(owner.package) ?? owner) : owner);
  }
  return changed;
}

function partsByHolder(
  found: readonly FoundPackage[],
  partOf: ReadonlyMap<number, number>,
): ReadonlyMap<FoundPackage, InventoryPackage["parts"]> {
  const parts = new Map<FoundPackage, InventoryPackage["parts"][number][]>();
  for (const [part, holder] of partOf) {
    const [of, by] = [found[part], found[holder]];
    if (of === undefined || by === undefined) continue;
    const known = parts.get(by) ?? [];
    known.push({ facts: of.facts, purl: of.purl });
    parts.set(by, known);
  }
  return parts;
}
