import type { PackageType } from "../inventory/package.ts";
import { comparePaths } from "../rootfs/path.ts";

/** A package as it is compared. */
export interface ComparedPackage {
  readonly kind: PackageType;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Bytes of the files that it owns. */
  readonly bytes: number;
}

export interface ChangedPackage extends Omit<ComparedPackage, "version" | "bytes"> {
  readonly before: string;
  readonly after: string;
}

/** Each sorted by kind and name. */
export interface PackageChanges {
  readonly added: readonly ComparedPackage[];
  readonly removed: readonly ComparedPackage[];
  /** In both, in another version. */
  readonly changed: readonly ChangedPackage[];
}

/**
 * What happened to the packages. The same version in both is the same package; of the others, those of one kind, name and
 * architecture are the same in another version, and so are those of one kind and name where each image has one: so that images
 * for two machines can be compared.
 */
export function comparePackages(a: readonly ComparedPackage[], b: readonly ComparedPackage[]): PackageChanges {
  const [before, after] = [byName(a), byName(b)];
  const added: ComparedPackage[] = [];
  const removed: ComparedPackage[] = [];
  const changed: ChangedPackage[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort(comparePaths)) {
    const [allBefore, allAfter] = [before.get(name) ?? [], after.get(name) ?? []];
    const isSingle = allBefore.length === 1 && allAfter.length === 1;
    const pair = (x: ComparedPackage, y: ComparedPackage): boolean => isSingle || x.architecture === y.architecture;
    const isSame = (x: ComparedPackage, y: ComparedPackage): boolean => x.version === y.version && pair(x, y);
    const old = allBefore.filter((each) => !allAfter.some((other) => isSame(each, other)));
    const now = allAfter.filter((each) => !allBefore.some((other) => isSame(each, other)));
    const left = new Set(now);
    for (const each of old) {
      const other = [...left].find((candidate) => pair(each, candidate));
      if (other === undefined) {
        removed.push(each);
        continue;
      }
      left.delete(other);
      const { kind, architecture, version } = other;
      changed.push({ kind, name: other.name, architecture, before: each.version, after: version });
    }
    added.push(...left);
  }
  return { added, removed, changed };
}

function byName(packages: readonly ComparedPackage[]): ReadonlyMap<string, readonly ComparedPackage[]> {
  return Map.groupBy(packages, ({ kind, name }) => `${kind} ${name}`);
}
