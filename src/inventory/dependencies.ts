import { parentOf, ROOT } from "../rootfs/path.ts";
import type { FoundPackage } from "./found-package.ts";
import type { PackageFacts } from "./package.ts";

export interface Needs {
  /** Package URLs, in the order in which the package asks for them. */
  readonly dependsOn: readonly string[];
  /** What nothing in the image answers to. */
  readonly missing: readonly (readonly string[])[];
}

/** Which packages of other kinds lie in the files of one. */
export type PartsByHolder = ReadonlyMap<FoundPackage, readonly Pick<FoundPackage, "facts">[]>;

/** What each of the packages needs of the others, in their order. For a package that is a part of another one, that one answers. */
export function dependenciesOf(packages: readonly FoundPackage[], parts: PartsByHolder = new Map()): readonly Needs[] {
  const named = new Map<string, FoundPackage[]>();
  const add = (key: string, each: FoundPackage): void => {
    const known = named.get(key);
    if (known === undefined) named.set(key, [each]);
    else known.push(each);
  };
  for (const each of packages) {
    for (const name of [each.facts.name, ...(each.facts.provides ?? [])]) add(keyOf(each.facts, name), each);
  }
  for (const [holder, held] of parts) {
    // Node.js goes by where a module lies, not by its name.
    for (const { facts } of held) if (facts.type !== "npm") add(keyOf(facts, facts.name), holder);
  }
  const places = new ModulePlaces();
  return packages.map((each) => {
    const dependsOn = new Set<string>();
    const missing: (readonly string[])[] = [];
    for (const alternatives of each.facts.dependencies) {
      const answers = alternatives.flatMap((name) =>
        choose(each, name, named.get(keyOf(each.facts, name)) ?? [], places),
      );
      if (answers.length === 0) missing.push(alternatives);
      for (const { purl } of answers) if (purl !== each.purl) dependsOn.add(purl);
    }
    return { dependsOn: [...dependsOn], missing };
  });
}

function keyOf({ type }: PackageFacts, name: string): string {
  return `${type} ${type === "pypi" ? name.toLowerCase().replaceAll(/[-_.]+/g, "-") : name}`;
}

/** Packages of one name that are taken as answers; nobody has more, and their product with what asks for them is bounded so. */
const MAX_ANSWERS = 50;

/** Of several, those that the package would find: of its own architecture, and in Node.js the nearest. */
function choose(
  from: FoundPackage,
  name: string,
  candidates: readonly FoundPackage[],
  places: ModulePlaces,
): readonly FoundPackage[] {
  if (candidates.length < 2) return candidates;
  if (from.facts.type === "npm") return nearestModules(from, name, places.of(candidates));
  const { architecture } = from.facts;
  const few = candidates.slice(0, MAX_ANSWERS);
  const same = few.filter(({ facts }) => facts.architecture === architecture || facts.architecture === "all");
  return same.length > 0 ? same : few;
}

/** Where packages of one name lie, found out once for each name. */
class ModulePlaces {
  readonly #known = new Map<readonly FoundPackage[], ReadonlyMap<string, FoundPackage>>();

  of(candidates: readonly FoundPackage[]): ReadonlyMap<string, FoundPackage> {
    const known =
      this.#known.get(candidates) ??
      new Map(candidates.flatMap((each) => each.locations.map(({ record }) => [record as string, each] as const)));
    this.#known.set(candidates, known);
    return known;
  }
}

/** Where Node.js looks: in node_modules of the package's own directory, then of each one above. */
function nearestModules(
  from: FoundPackage,
  name: string,
  places: ReadonlyMap<string, FoundPackage>,
): readonly FoundPackage[] {
  const chosen = new Set<FoundPackage>();
  for (const { record } of from.locations.slice(0, MAX_ANSWERS)) {
    for (let at = parentOf(record); ; at = parentOf(at)) {
      const found = places.get(`${at === ROOT ? "" : `${at}/`}node_modules/${name}/package.json`);
      if (found !== undefined) chosen.add(found);
      if (found !== undefined || at === ROOT) break;
    }
  }
  return [...chosen];
}
