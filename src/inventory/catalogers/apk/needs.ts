import type { ApkEntry } from "./installed.ts";

/** A name, and behind it what constrains its version, or the tag of a repository (apk-package(5), dependencies). */
const NAME = /^([^<>=~@!]+)/;

/** Of one name; it takes a database that somebody made up to have more. */
const MAX_ALTERNATIVES = 10;

/** Packages by each name that they answer to: their own, and those of p, among them `so:`, `cmd:` and `pc:`. */
export type ApkNames = ReadonlyMap<string, readonly string[]>;

export function namesOf(entries: readonly ApkEntry[]): ApkNames {
  const names = new Map<string, string[]>(entries.map(({ name }) => [name, [name]]));
  const own = new Set(names.keys());
  for (const { name, provides } of entries) {
    for (const word of provides) {
      const provided = NAME.exec(word)?.[1];
      if (provided === undefined || own.has(provided)) continue;
      const known = names.get(provided);
      if (known === undefined) names.set(provided, [name]);
      else if (known.length < MAX_ALTERNATIVES && !known.includes(name)) known.push(name);
    }
  }
  return names;
}

/**
 * What a package needs, as names of packages; as they stand there where no package of the database has or provides them. A conflict
 * (`!name`) is no need, nor is what the package provides itself.
 */
export function neededBy(entry: ApkEntry, names: ApkNames): readonly (readonly string[])[] {
  const needed = new Map<string, readonly string[]>();
  for (const word of entry.needs) {
    const name = NAME.exec(word)?.[1];
    if (name === undefined) continue;
    const alternatives = names.get(name) ?? [name];
    if (!alternatives.includes(entry.name)) needed.set(alternatives.join(" "), alternatives);
  }
  return [...needed.values()];
}
