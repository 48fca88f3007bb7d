import type { VersionOrder } from "../versions/order-of.ts";
import type { Verdict } from "./verdict.ts";

/** What a rule comes to for a version. */
export interface Opinion extends Pick<Verdict, "affected" | "because"> {
  /** Of what is affected. */
  readonly fixed: string | undefined;
  /** Of what has no fix; `not-fixed` where nothing else was said. */
  readonly state?: Verdict["state"];
  readonly unimportant?: boolean;
}

/** What a rule says that knows no more than the version that has the fix. `why` is about that version. */
export function olderThan(fixed: string, version: string, order: VersionOrder | undefined, why: string): Opinion {
  const distance = order?.compare(version, fixed);
  if (distance === undefined) return { affected: "unknown", because: noPlace(version, fixed, order), fixed: undefined };
  return distance < 0
    ? { affected: "yes", because: `${version} is older than ${fixed}: ${why}`, fixed }
    : { affected: "no", because: atLeast(version, fixed), fixed: undefined };
}

export function atLeast(version: string, fixed: string): string {
  return version === fixed ? `${version} has the fix` : `${version} has the fix of ${fixed}`;
}

/** Says which of two versions cannot be compared. */
function noPlace(version: string, fixed: string, order: VersionOrder | undefined): string {
  return unplaceable(order?.has(version) ? fixed : version);
}

/** A version that has no place among others. */
export function unplaceable(version: string): string {
  return version === "" ? "its version is not known" : `${version} has no place in the order of versions`;
}
