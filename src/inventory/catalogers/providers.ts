/** Of one name; it takes a database that somebody made up to have more. */
const MAX_ALTERNATIVES = 10;

/** Packages of one database by each name that they answer to: their own, and what they provide. */
export type Providers = ReadonlyMap<string, readonly string[]>;

export interface Providing {
  readonly name: string;
  /** Without constraints. */
  readonly provides: readonly string[];
}

/** A package's own name stands for nobody else. */
export function providersIn(packages: readonly Providing[]): Providers {
  const providers = new Map<string, string[]>(packages.map(({ name }) => [name, [name]]));
  const own = new Set(providers.keys());
  for (const { name, provides } of packages) {
    for (const provided of provides) {
      if (own.has(provided)) continue;
      const known = providers.get(provided);
      if (known === undefined) providers.set(provided, [name]);
      else if (known.length < MAX_ALTERNATIVES && !known.includes(name)) known.push(name);
    }
  }
  return providers;
}

/**
 * What the package of that name needs, as names of packages, of each need the alternatives; as it stands there where no package has or
 * provides it. What the package provides itself is no need.
 */
export function neededPackages(
  name: string,
  needs: readonly string[],
  providers: Providers,
): readonly (readonly string[])[] {
  const needed = new Map<string, readonly string[]>();
  for (const need of needs) {
    const alternatives = providers.get(need) ?? [need];
    if (!alternatives.includes(name)) needed.set(alternatives.join(" "), alternatives);
  }
  return [...needed.values()];
}
