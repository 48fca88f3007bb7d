import type { Inventory } from "../inventory.ts";
import type { Link } from "./linked-files.ts";

/** Who needs whom among the packages of an image, by their numbers: by what they say, and by what their programs are linked with. */
export class PackageGraph {
  readonly #needs: readonly ReadonlySet<number>[];
  readonly #neededBy: readonly ReadonlySet<number>[];

  constructor({ packages, owners }: Pick<Inventory, "packages" | "owners">, links: readonly Link[]) {
    const needs = packages.map(() => new Set<number>());
    const neededBy = packages.map(() => new Set<number>());
    const add = (from: number, to: number): void => {
      if (from === to) return;
      needs[from]?.add(to);
      neededBy[to]?.add(from);
    };
    const numbers = new Map(packages.map(({ purl }, number) => [purl, number]));
    for (const [from, { dependsOn }] of packages.entries()) {
      for (const purl of dependsOn) {
        const to = numbers.get(purl);
        if (to !== undefined) add(from, to);
      }
    }
    for (const { from, to } of links) {
      const [a, b] = [owners.get(from), owners.get(to)];
      if (a?.kind === "package" && b?.kind === "package") add(a.package, b.package);
    }
    this.#needs = needs;
    this.#neededBy = neededBy;
  }

  neededBy(number: number): readonly number[] {
    return [...(this.#neededBy[number] ?? [])].sort((a, b) => a - b);
  }

  /** The package, and all that needs it, directly or not: what would no longer work without it. */
  dependants(number: number): ReadonlySet<number> {
    return reach([number], this.#neededBy);
  }

  /** The package, and what nothing but it needs, directly or not: what could go with it. */
  exclusive(number: number): ReadonlySet<number> {
    const candidates = reach([number], this.#needs);
    const others = this.#needs.keys().filter((each) => !candidates.has(each));
    return candidates.difference(reach(others, this.#needs, number));
  }

  /** A shortest way to it from a package that no other one needs, that one first; only itself where there is none. */
  chain(number: number): readonly number[] {
    const before = new Map<number, number | undefined>([[number, undefined]]);
    for (const at of before.keys()) {
      const above = this.neededBy(at);
      if (above.length === 0) return wayFrom(at, before);
      for (const each of above) if (!before.has(each)) before.set(each, at);
    }
    return [number];
  }
}

/** All that edges lead to, but for `without` and what only that leads to. */
function reach(from: Iterable<number>, edges: readonly ReadonlySet<number>[], without?: number): ReadonlySet<number> {
  const reached = new Set(from);
  for (const at of reached) for (const each of edges[at] ?? []) if (each !== without) reached.add(each);
  return reached;
}

function wayFrom(start: number, before: ReadonlyMap<number, number | undefined>): readonly number[] {
  const way: number[] = [];
  for (let at: number | undefined = start; at !== undefined; at = before.get(at)) way.push(at);
  return way;
}
