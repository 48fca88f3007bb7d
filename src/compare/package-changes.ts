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
    // By maps: an image may have any number of packages of one name.
    const machine = ({ architecture }: ComparedPackage): string => (isSingle ? "" : architecture);
    const exact = (each: ComparedPackage): string => JSON.stringify([each.version, machine(each)]);
    const [exactBefore, exactAfter] = [new Set(allBefore.map(exact)), new Set(allAfter.map(exact))];
    const now = allAfter.filter((each) => !exactBefore.has(exact(each)));
    const left = new Set(now);
    const candidates = new Map([...Map.groupBy(now, machine)].map(([key, all]) => [key, all.values()]));
    for (const each of allBefore) {
      if (exactAfter.has(exact(each))) continue;
      const other = candidates.get(machine(each))?.next().value;
      if (other === undefined) {
        removed.push(each);
        continue;
      }
      left.delete(other);
      const { kind, architecture, version } = other;
      changed.push({ kind, name: other.name, architecture, before: each.version, after: version });
    }
    for (const each of left) added.push(each);
  }
  return { added, removed, changed };
}

function byName(packages: readonly ComparedPackage[]): ReadonlyMap<string, readonly ComparedPackage[]> {
  return Map.groupBy(packages, ({ kind, name }) => `${kind} ${name}`);
}
