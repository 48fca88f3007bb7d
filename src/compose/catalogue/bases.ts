import { DEBIAN_RELEASES, type DebianRelease, findRelease } from "../../debian/releases.ts";
import { DistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import { BASE_NAMES, type BaseName } from "../../plan/names.ts";
import { TIERS, type Tier, type TierParts } from "./tiers.ts";

/** A tier as one release has it. */
export interface ReleaseTier extends Omit<Tier, "parts"> {
  readonly packages: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
}

/** The base of that name; CONFIG_INVALID lists the names that there are. */
export function baseNamed(name: string): BaseName {
  const known = BASE_NAMES.find((each) => each === name);
  if (known !== undefined) return known;
  const guess = nearest(name, BASE_NAMES);
  throw new DistillError("CONFIG_INVALID", `there is no base called ${JSON.stringify(name)}`, {
    hint: `${guess === undefined ? "" : `did you mean ${guess}? `}the bases are: ${BASE_NAMES.join(", ")} (distill bases says what each is)`,
  });
}

/** The releases that have the base, the one that is taken where none is asked for first. */
export function releasesOf(base: BaseName): readonly DebianRelease[] {
  const { parts } = tierOf(base);
  return DEBIAN_RELEASES.map(({ codename }) => codename).filter((codename) => parts[codename] !== undefined);
}

/** The release that `suite` names (the base's own where undefined); UNSUPPORTED lists those that have the base. */
export function releaseFor(base: BaseName, suite: string | undefined): DebianRelease {
  const releases = releasesOf(base);
  const [own] = releases;
  if (own === undefined) throw new Error(`no release has ${base}`);
  if (suite === undefined) return own;
  const release = findRelease(suite)?.codename;
  if (release !== undefined && releases.includes(release)) return release;
  const problem =
    release === undefined
      ? `distill does not know a Debian release ${JSON.stringify(suite)}`
      : `there is no base ${base} on Debian ${release}`;
  throw new DistillError("UNSUPPORTED", problem, { hint: `${base} is there on: ${releases.join(", ")}` });
}

/** The tiers that a base is made of in a release, lowest first. */
export function tiersOf(base: BaseName, release: DebianRelease): readonly ReleaseTier[] {
  const { parts, ...tier } = tierOf(base);
  const own: TierParts | undefined = parts[release];
  if (own === undefined) throw new Error(`${release} has no ${base}`);
  const below = tier.below === undefined ? [] : tiersOf(tier.below, release);
  return [...below, { ...tier, packages: own.packages, entrypoint: own.entrypoint }];
}

function tierOf(base: BaseName): Tier {
  return TIERS.find(({ name }) => name === base) as Tier;
}
