import type { PackageIndex } from "../../debian/index/package-index.ts";
import type { BinaryPackage } from "../../debian/package/package.ts";
import { parseRequest } from "../../debian/package/request.ts";
import type { Skip } from "../../debian/resolver/ignored-clause.ts";
import { type Resolution, resolve, resolveChosen } from "../../debian/resolver/resolver.ts";
import { tiersOf } from "../catalogue/bases.ts";
import type { PieceName } from "../pieces/piece.ts";
import type { ComposeRequest } from "../request.ts";
import { hasSettings, localePackages } from "../settings.ts";
import type { Candidate } from "./closure.ts";
import { ignoredDependency } from "./ignored-dependencies.ts";

/** A layer to be made: a tier of the catalogue, or a part of what a user asks for beside the base. */
export interface TierPlan {
  readonly name: string;
  readonly packages: readonly string[];
  readonly pieces: readonly PieceName[];
}

const PACKAGES_PIECES: readonly PieceName[] = ["certificates", "ld-so-cache"];

const SETTINGS_PIECES: readonly PieceName[] = [
  "asked-accounts",
  "asked-certificates",
  "time-zone",
  "locale",
  "asked-files",
  "ld-so-cache",
];

/**
 * The layers of a request, lowest first: the tiers of its base, its own packages (`local` are those of .debs on disk),
 * its settings, and the shell of a debug image, which leaves all below it as they are.
 */
export function tierPlans(request: ComposeRequest, local: readonly string[]): readonly TierPlan[] {
  const { base, suite, packages, settings, debug } = request;
  const plans: TierPlan[] = tiersOf(base, suite).map(({ name, packages, pieces }) => ({ name, packages, pieces }));
  const own = [...packages, ...local];
  if (own.length > 0) plans.push({ name: "packages", packages: own, pieces: PACKAGES_PIECES });
  if (hasSettings(settings)) {
    plans.push({ name: "settings", packages: localePackages(settings), pieces: SETTINGS_PIECES });
  }
  if (debug) plans.push({ name: "debug", packages: ["busybox-static"], pieces: ["busybox"] });
  return plans;
}

/** The packages that a tier adds to the ones below it, before anything is dropped. */
export function resolveTier(
  index: PackageIndex,
  plan: TierPlan,
  installed: ReadonlyMap<string, BinaryPackage>,
  architecture: string,
): readonly Candidate[] {
  const roots = plan.packages.map(parseRequest);
  return candidatesOf(resolve(index, { roots, installed, skip: ignoredDependency, architecture }));
}

/** A choice of packages that was made before, by a resolution of the same tiers. */
export interface LockedChoice {
  readonly packages: readonly BinaryPackage[];
  /** Those that the tier's resolution added, before anything was dropped. */
  of(tier: string): readonly BinaryPackage[];
  /** Why a dependency was left out. */
  readonly skip: Skip;
}

/** As resolveTier, from a choice that was made before; fails as resolveChosen where that lacks something. */
export function lockedTier(
  choice: LockedChoice,
  plan: TierPlan,
  installed: ReadonlyMap<string, BinaryPackage>,
  architecture: string,
): readonly Candidate[] {
  const roots = plan.packages.map(parseRequest);
  return candidatesOf(resolveChosen(choice.of(plan.name), { roots, installed, skip: choice.skip, architecture }));
}

function candidatesOf(resolution: Resolution): readonly Candidate[] {
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

/**
 * The packages that a tier adds to a whole Debian: nothing is left out, and nothing is ever dropped. From an index as apt
 * would choose, or from a choice that was made before.
 */
export function resolveWhole(
  from: PackageIndex | LockedChoice,
  plan: TierPlan,
  installed: ReadonlyMap<string, BinaryPackage>,
  architecture: string,
): readonly Candidate[] {
  if ("of" in from) return lockedTier(from, plan, installed, architecture);
  const roots = plan.packages.map(parseRequest);
  return candidatesOf(resolve(from, { roots, installed, skip: () => undefined, architecture }));
}
