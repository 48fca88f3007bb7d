import type { PackageIndex } from "../index/package-index.ts";
import type { BinaryPackage } from "../package/package.ts";
import { type Clause, providedSatisfies, type Relation } from "../package/relation.ts";

/** How the reason for leaving out an Essential package ends. */
export const ESSENTIAL = "is Essential";

/** Tells why a dependency of `from` is not followed, or undefined where it is. */
export type Skip = (from: BinaryPackage, relation: Relation) => string | undefined;

/**
 * Why a clause that nothing satisfies is left like that, or undefined where it must be satisfied: one of its
 * alternatives is skipped, or is Essential (what a whole Debian always has, and a distroless image never needs by default).
 */
export function ignoredClause(
  from: BinaryPackage,
  clause: Clause,
  index: PackageIndex,
  skip: Skip,
): string | undefined {
  for (const relation of clause) {
    const reason = skip(from, relation) ?? essentialReason(relation, index);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function essentialReason({ name, constraint }: Relation, index: PackageIndex): string | undefined {
  if (index.versions(name)[0]?.essential) return `${name} ${ESSENTIAL}`;
  const provider = index
    .providers(name)
    .find((each) => each.package.essential && providedSatisfies(each.version, constraint));
  return provider && `${name} is provided by ${provider.package.name}, which ${ESSENTIAL}`;
}
