import type { BinaryPackage } from "../../debian/package/package.ts";
import { formatRelation } from "../../debian/package/relation.ts";
import { DistillError } from "../../lib/errors.ts";
import type { LockedChoice } from "../choice/resolution.ts";
import type { ChosenPackage } from "../record.ts";
import type { LockSection } from "./lock.ts";

/**
 * The choice that a section holds. `packages` are its packages as their own control files describe them, in its order.
 * CONFIG_INVALID where one is not what the section says of it.
 */
export function lockedChoice(section: LockSection, packages: readonly BinaryPackage[]): LockedChoice {
  const pairs = section.packages.map((locked, index) => ({ locked, own: packages[index] as BinaryPackage }));
  for (const { locked, own } of pairs) refuseOther(locked, own);
  const reasons = new Map(pairs.map(({ locked, own }) => [own, reasonsOf(locked)]));
  return {
    packages,
    of: (tier) => pairs.filter(({ locked }) => locked.tiers.includes(tier)).map(({ own }) => own),
    skip: (from, relation) => reasons.get(from)?.get(formatRelation(relation)),
  };
}

/** By alternative: a clause that was left out was left out with all of them. */
function reasonsOf({ ignored }: ChosenPackage): ReadonlyMap<string, string> {
  return new Map(ignored.flatMap(({ relation, reason }) => relation.split(" | ").map((each) => [each, reason])));
}

function refuseOther(locked: ChosenPackage, own: BinaryPackage): void {
  const [said, found] = [locked, own].map(
    ({ name, version, architecture }) => `${name} ${version} for ${architecture}`,
  );
  if (said === found) return;
  throw new DistillError("CONFIG_INVALID", `the lock has ${said}, but the file of that digest is ${found}`, {
    hint: "restore the lock from version control, or write it anew with --update",
  });
}
