import type { FoundPackage } from "./found-package.ts";
import type { PackageFacts } from "./package.ts";

export interface Needs {
  /** Package URLs, in the order in which the package asks for them. */
  readonly dependsOn: readonly string[];
  /** What nothing in the image answers to. */
  readonly missing: readonly (readonly string[])[];
}

/** What each of the packages needs of the others, in their order. */
export function dependenciesOf(packages: readonly FoundPackage[]): readonly Needs[] {
  const named = new Map<string, FoundPackage[]>();
  for (const each of packages) {
    for (const name of [each.facts.name, ...(each.facts.provides ?? [])]) {
      const key = keyOf(each.facts, name);
      const known = named.get(key);
      if (known === undefined) named.set(key, [each]);
      else known.push(each);
    }
  }
  return packages.map((each) => {
    const dependsOn = new Set<string>();
    const missing: (readonly string[])[] = [];
    for (const alternatives of each.facts.dependencies) {
      const answers = alternatives.flatMap((name) => choose(each, name, named.get(keyOf(each.facts, name)) ?? []));
      if (answers.length === 0) missing.push(alternatives);
      for (const { purl } of answers) if (purl !== each.purl) dependsOn.add(purl);
    }
    return { dependsOn: [...dependsOn], missing };
  });
}

function keyOf({ type }: PackageFacts, name: string): string {
  return `${type} ${type === "pypi" ? name.toLowerCase().replaceAll(/[-_.]+/g, "-") : name}`;
}

/** Of several, those that the package would find: of its own architecture, and in Node.js the nearest. */
function choose(from: FoundPackage, name: string, candidates: readonly FoundPackage[]): readonly FoundPackage[] {
  if (candidates.length < 2) return candidates;
  if (from.facts.type === "npm") return nearestModules(from, name, candidates);
  const { architecture } = from.facts;
  const same = candidates.filter(({ facts }) => facts.architecture === architecture || facts.architecture === "all");
  return same.length > 0 ? same : candidates;
}

/** Where Node.js looks: in node_modules of the package's own directory, then of each one above. */
function nearestModules(
  from: FoundPackage,
  name: string,
  candidates: readonly FoundPackage[],
): readonly FoundPackage[] {
  const places = new Map(
    candidates.flatMap((each) => each.locations.map(({ record }) => [record as string, each] as const)),
  );
  const chosen = new Set<FoundPackage>();
  for (const { record } of from.locations) {
    for (
      let at = record.slice(0, record.lastIndexOf("/"));
      at !== "";
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")))
    ) {
      const found = places.get(`${at}/node_modules/${name}/package.json`);
      if (found === undefined) continue;
      chosen.add(found);
      break;
    }
  }
  return [...chosen];
}
