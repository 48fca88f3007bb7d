import type { InstalledPackage } from "../inventory/installed-package.ts";

export interface PackageEntry {
  readonly kind: InstalledPackage["kind"];
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
}

export interface ChangedPackage extends Omit<PackageEntry, "version"> {
  readonly before: string;
  readonly after: string;
}

/** Each sorted by name. */
export interface PackageChanges {
  readonly added: readonly PackageEntry[];
  readonly removed: readonly PackageEntry[];
  /** In both, in another version. */
  readonly changed: readonly ChangedPackage[];
}

/**
 * What happened to the packages. Packages are the same by kind, name and architecture; where each image has one of a name, by kind
 * and name alone, so that images for two machines can be compared.
 */
export function comparePackages(a: readonly InstalledPackage[], b: readonly InstalledPackage[]): PackageChanges {
  const [before, after] = [byName(a), byName(b)];
  const added: PackageEntry[] = [];
  const removed: PackageEntry[] = [];
  const changed: ChangedPackage[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = before.get(name) ?? [];
    const now = after.get(name) ?? [];
    const single = old.length === 1 && now.length === 1;
    const same = (x: InstalledPackage, y: InstalledPackage): boolean => single || x.architecture === y.architecture;
    for (const each of old) {
      const other = now.find((candidate) => same(each, candidate));
      if (other === undefined) removed.push(entryOf(each));
      else if (other.version !== each.version) {
        const { version, ...identity } = entryOf(other);
        changed.push({ ...identity, before: each.version, after: version });
      }
    }
    for (const each of now) if (!old.some((candidate) => same(candidate, each))) added.push(entryOf(each));
  }
  return { added, removed, changed };
}

function byName(packages: readonly InstalledPackage[]): ReadonlyMap<string, readonly InstalledPackage[]> {
  return Map.groupBy(packages, ({ kind, name }) => `${kind} ${name}`);
}

function entryOf({ kind, name, architecture, version }: InstalledPackage): PackageEntry {
  return { kind, name, architecture, version };
}
