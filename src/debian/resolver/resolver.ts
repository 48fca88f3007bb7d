import { DistillError } from "../../lib/errors.ts";
import type { PackageIndex } from "../index/package-index.ts";
import type { BinaryPackage } from "../package/package.ts";
import { type Clause, formatClause, type Relation } from "../package/relation.ts";
import { type PackageRequest, requestedRelation } from "../package/request.ts";
import { compareVersions } from "../package/version.ts";
import { ignoredClause, type Skip } from "./ignored-clause.ts";
import { Search } from "./search.ts";
import { World } from "./world.ts";

/** What is asked for, and the world it comes into. */
export interface ResolveRequest {
  readonly roots: readonly PackageRequest[];
  /** Packages of lower tiers by name: they satisfy relations, and no other version of them is chosen. */
  readonly installed: ReadonlyMap<string, BinaryPackage>;
  /** Asked for clauses that nothing satisfies yet; a reason for one alternative leaves the whole clause unsatisfied. */
  readonly skip: Skip;
  readonly architecture: string;
}

/** A dependency as its package has it. */
export interface Requirement {
  readonly from: string;
  readonly field: "Pre-Depends" | "Depends";
  /** "a (>= 2) | b" */
  readonly relation: string;
}

export interface ResolvedPackage {
  readonly package: BinaryPackage;
  /** It was asked for by name (or stands in for a virtual name that was). */
  readonly root: boolean;
  readonly requiredBy: readonly Requirement[];
  /** The highest version of the index where it is another than the chosen one: a constraint asked for less. */
  readonly newer: string | undefined;
}

/** A dependency that nothing satisfies, on purpose. */
export interface IgnoredDependency extends Requirement {
  readonly reason: string;
}

export interface Resolution {
  /** What is to be added to `installed`, by name. */
  readonly packages: readonly ResolvedPackage[];
  readonly ignored: readonly IgnoredDependency[];
  /** The packages of this resolution that satisfy Depends and Pre-Depends of one of them, by name. */
  dependenciesOf(chosen: BinaryPackage): readonly BinaryPackage[];
}

const NEAR_NAMES = 5;

/**
 * The packages that `roots` need, with their own Depends and Pre-Depends (no Recommends), as apt would choose: what is
 * there already satisfies first, a real package goes before a virtual one, alternatives from left to right, of each
 * name the highest version of all archives that satisfies. Essential packages come only where a root names them.
 * No two packages of the result and of `installed` conflict. Equal input gives an equal result.
 *
 * Throws UNKNOWN_PACKAGE (with near names), UNSATISFIABLE (with the chain of dependencies) and PACKAGE_CONFLICT (with
 * both names and the field).
 */
export function resolve(index: PackageIndex, request: ResolveRequest): Resolution {
  for (const root of request.roots) checkKnown(root.name, index, request.installed);
  const roots = request.roots.map(requestedRelation);
  const search = new Search(index, { ...request, roots });
  search.run();
  return explain(search, roots, {
    whyIgnored: (from, clause) => ignoredClause(from, clause, index, request.skip) ?? "",
    newest: (name) => index.versions(name),
  });
}

/**
 * The same for packages that were chosen before: nothing is searched, and `skip` alone says what may be left out.
 * UNSATISFIABLE where they lack something, PACKAGE_CONFLICT where two of them cannot be together.
 */
export function resolveChosen(chosen: readonly BinaryPackage[], request: ResolveRequest): Resolution {
  const roots = request.roots.map(requestedRelation);
  const world = new World(request.architecture);
  for (const each of request.installed.values()) world.add(each);
  for (const each of chosen) {
    const conflict = world.get(each.name) ?? world.conflictWith(each)?.other;
    if (conflict !== undefined) {
      const [a, b] = [each, conflict].map(({ name, version }) => `${name} ${version}`);
      throw new DistillError("PACKAGE_CONFLICT", `${a} and ${b} cannot be together`);
    }
    world.add(each);
  }
  for (const root of roots) {
    if (world.satisfying(root).length > 0) continue;
    throw new DistillError("UNSATISFIABLE", `${formatClause([root])} is asked for and not among the chosen packages`);
  }
  return explain({ world, chosen }, roots, {
    whyIgnored(from, clause) {
      const reason = clause.map((relation) => request.skip(from, relation)).find((each) => each !== undefined);
      if (reason !== undefined) return reason;
      const needed = `${from.name} ${from.version} depends on ${formatClause(clause)}`;
      throw new DistillError("UNSATISFIABLE", `${needed}, which is not among the chosen packages`);
    },
    newest: () => [],
  });
}

function checkKnown(name: string, index: PackageIndex, installed: ReadonlyMap<string, BinaryPackage>): void {
  if (installed.has(name) || index.versions(name).length > 0 || index.providers(name).length > 0) return;
  const near = index.near(name, NEAR_NAMES);
  throw new DistillError("UNKNOWN_PACKAGE", `the archive has no package ${JSON.stringify(name.slice(0, 100))}`, {
    hint: near.length > 0 ? `did you mean ${near.join(", ")}?` : "look the name up at https://packages.debian.org",
  });
}

/** What a choice was made from. */
interface Background {
  whyIgnored(from: BinaryPackage, clause: Clause): string;
  /** All versions of a package that there are, the highest first. */
  newest(name: string): readonly BinaryPackage[];
}

/** What a request stands for: the package of that name, else the first by name of those that provide it. */
function rootOf(root: Relation, world: World): BinaryPackage | undefined {
  const found = world.satisfying(root);
  return found.find(({ name }) => name === root.name) ?? found.toSorted((a, b) => (a.name < b.name ? -1 : 1))[0];
}

function explain(
  choice: { readonly world: World; readonly chosen: readonly BinaryPackage[] },
  roots: readonly Relation[],
  background: Background,
): Resolution {
  const { world } = choice;
  const chosen = choice.chosen.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const isChosen = new Set(chosen);
  const rootPackages = new Set(roots.map((root) => rootOf(root, world)));
  const requiredBy = new Map(chosen.map((each): [BinaryPackage, Requirement[]] => [each, []]));
  const dependencies = new Map(chosen.map((each) => [each, new Set<BinaryPackage>()]));
  const ignored: IgnoredDependency[] = [];
  for (const from of chosen) {
    for (const { field, clause } of clausesOf(from)) {
      const requirement: Requirement = { from: from.name, field, relation: formatClause(clause) };
      const found = satisfiers(clause, world);
      if (found.length === 0) {
        ignored.push({ ...requirement, reason: background.whyIgnored(from, clause) });
      }
      for (const target of found) {
        if (target === from || !isChosen.has(target)) continue;
        requiredBy.get(target)?.push(requirement);
        dependencies.get(from)?.add(target);
      }
    }
  }
  return {
    packages: chosen.map((each) => ({
      package: each,
      root: rootPackages.has(each),
      requiredBy: requiredBy.get(each) ?? [],
      newer: newerThan(each, background.newest(each.name)),
    })),
    ignored,
    dependenciesOf: (from) => [...(dependencies.get(from) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** What satisfies any of the alternatives; the package of a relation's own name before those that provide it. */
function satisfiers(clause: Clause, world: World): BinaryPackage[] {
  return [...new Set(clause.flatMap((relation) => world.satisfying(relation)))];
}

function clausesOf(from: BinaryPackage): { readonly field: Requirement["field"]; readonly clause: Clause }[] {
  return [
    ...from.preDepends.map((clause) => ({ field: "Pre-Depends" as const, clause })),
    ...from.depends.map((clause) => ({ field: "Depends" as const, clause })),
  ];
}

function newerThan({ version, architecture }: BinaryPackage, versions: readonly BinaryPackage[]): string | undefined {
  const highest = versions.find((each) => each.architecture === architecture || each.architecture === "all");
  return highest !== undefined && compareVersions(highest.version, version) > 0 ? highest.version : undefined;
}
