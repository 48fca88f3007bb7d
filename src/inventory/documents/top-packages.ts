import type { InventoryPackage } from "../inventory.ts";

/**
 * The packages from which all others are reached by their dependencies: those that nobody needs, and of each circle of which
 * nobody else needs anything, the first.
 */
export function topPackages(packages: readonly InventoryPackage[]): readonly InventoryPackage[] {
  const byPurl = new Map(packages.map((each) => [each.purl, each]));
  const needed = new Set(packages.flatMap(({ dependsOn }) => dependsOn));
  const reached = new Set<string>();
  const reach = (from: string): void => {
    const waiting = [from];
    for (let purl = waiting.pop(); purl !== undefined; purl = waiting.pop()) {
      if (reached.has(purl)) continue;
      reached.add(purl);
      waiting.push(...(byPurl.get(purl)?.dependsOn ?? []));
    }
  };
  const top = packages.filter(({ purl }) => !needed.has(purl));
  for (const { purl } of top) reach(purl);
  const circles = packages.filter(({ purl }) => {
    if (reached.has(purl)) return false;
    reach(purl);
    return true;
  });
  const chosen = new Set([...top, ...circles]);
  return packages.filter((each) => chosen.has(each));
}
