import type { PackageIndex } from "../index/package-index.ts";
import type { BinaryPackage } from "../package/package.ts";
import type { Clause, Relation } from "../package/relation.ts";
import { compareVersions } from "../package/version.ts";
import { matches } from "./world.ts";

/** What may satisfy a clause, in the order in which it should be tried. */
export interface Candidates {
  readonly preferred: readonly BinaryPackage[];
  /** Older versions of packages in `preferred`: only where nothing of that works out. */
  readonly older: readonly BinaryPackage[];
}

const PRIORITIES = ["required", "important", "standard", "optional"];

/**
 * The packages of the index that satisfy a clause: alternatives from left to right; for each the highest version of the
 * package of that name, then the packages that provide it, by priority, version and name.
 */
export function candidatesFor(clause: Clause, index: PackageIndex, architecture: string): Candidates {
  const preferred = new Map<string, BinaryPackage>();
  const older = new Set<BinaryPackage>();
  for (const relation of clause) {
    for (const candidate of matching(relation, index, architecture)) {
      const better = preferred.get(candidate.name);
      if (better === undefined) preferred.set(candidate.name, candidate);
      else if (better.version !== candidate.version) older.add(candidate);
    }
  }
  return { preferred: [...preferred.values()], older: [...older] };
}

function matching(relation: Relation, index: PackageIndex, architecture: string): BinaryPackage[] {
  const suits = (candidate: BinaryPackage): boolean =>
    (candidate.architecture === architecture || candidate.architecture === "all") &&
    matches(candidate, relation, architecture);
  const byName = new Map<string, BinaryPackage[]>();
  for (const { package: provider } of index.providers(relation.name)) {
    if (!suits(provider)) continue;
    const versions = byName.get(provider.name) ?? [];
    byName.set(provider.name, versions.includes(provider) ? versions : [...versions, provider]);
  }
  const providers = [...byName.values()].sort(([a], [b]) => compareProviders(a as BinaryPackage, b as BinaryPackage));
  return [...index.versions(relation.name).filter(suits), ...providers.flat()];
}

function compareProviders(a: BinaryPackage, b: BinaryPackage): number {
  return priorityOf(a) - priorityOf(b) || newestFirst(a, b) || (a.name < b.name ? -1 : 1);
}

function priorityOf(candidate: BinaryPackage): number {
  const position = PRIORITIES.indexOf(candidate.priority);
  return position < 0 ? PRIORITIES.length : position;
}

function newestFirst(a: BinaryPackage, b: BinaryPackage): number {
  return compareVersions(b.version, a.version) || b.archive - a.archive;
}
