import type { PackageIndex } from "../debian/index/package-index.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { parseRequest } from "../debian/package/request.ts";
import { resolve } from "../debian/resolver/resolver.ts";
import type { Tier } from "./catalogue.ts";
import type { Candidate } from "./closure.ts";
import { ignoredDependency } from "./ignored-dependencies.ts";
import type { PieceName } from "./pieces/piece.ts";

/** A layer to be made: a tier of the catalogue, or the packages that a user asks for beside the base. */
export interface TierPlan {
  readonly name: string;
  readonly packages: readonly string[];
  readonly pieces: readonly PieceName[];
}

/** The tiers of a base, and one more for further packages where there are any. */
export function tierPlans(tiers: readonly Tier[], packages: readonly string[]): readonly TierPlan[] {
  const own: TierPlan = { name: "packages", packages, pieces: ["certificates", "ld-so-cache"] };
  return packages.length === 0 ? tiers : [...tiers, own];
}

/** The packages that a tier adds to the ones below it, before anything is dropped. */
export function resolveTier(
  index: PackageIndex,
  plan: TierPlan,
  installed: ReadonlyMap<string, BinaryPackage>,
  architecture: string,
): readonly Candidate[] {
  const resolution = resolve(index, {
    roots: plan.packages.map(parseRequest),
    installed,
    skip: ignoredDependency,
    architecture,
  });
  return resolution.packages.map((chosen) => ({
    package: chosen.package,
    root: chosen.root,
    dependencies: resolution.dependenciesOf(chosen.package).map((each) => each.name),
    ignored: resolution.ignored
      .filter(({ from }) => from === chosen.package.name)
      .map(({ relation, reason }) => ({ relation, reason })),
    newer: chosen.newer,
  }));
}

/** All tiers as if nothing were ever dropped: a superset of what is needed, to be fetched at once. */
export function resolveTiers(
  index: PackageIndex,
  plans: readonly TierPlan[],
  architecture: string,
): readonly { readonly plan: TierPlan; readonly candidates: readonly Candidate[] }[] {
  const installed = new Map<string, BinaryPackage>();
  return plans.map((plan) => {
    const candidates = resolveTier(index, plan, installed, architecture);
    for (const candidate of candidates) installed.set(candidate.package.name, candidate.package);
    return { plan, candidates };
  });
}
