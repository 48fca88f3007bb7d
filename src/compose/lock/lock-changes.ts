import { compareVersions } from "../../debian/package/version.ts";
import type { ChosenPackage } from "../record.ts";
import type { LockSection } from "./lock.ts";

/** A package that is another one than before. */
export type PackageChange = Readonly<{
  /** `rebuilt`: the same version with other bytes. */
  kind: "new" | "gone" | "newer" | "older" | "rebuilt";
  package: string;
  from: string | null;
  to: string | null;
  /** Bytes of the .debs, the old one's taken from the new one's. */
  size: number;
}>;

/** A change with the packages that it is about. */
export interface ChangedPackage {
  readonly change: PackageChange;
  readonly before: ChosenPackage | undefined;
  readonly after: ChosenPackage | undefined;
}

/** What is different in `now`, by package name; the versions of a name that several were chosen of are told one by one. */
export function changesBetween(before: LockSection, now: LockSection): readonly ChangedPackage[] {
  const same = new Set(now.packages.map(({ digest }) => digest));
  const known = new Set(before.packages.map(({ digest }) => digest));
  const gone = before.packages.filter(({ digest }) => !same.has(digest));
  const fresh = now.packages.filter(({ digest }) => !known.has(digest));
  const changes = fresh.map((after) => {
    const at = gone.findIndex(({ name, architecture }) => name === after.name && architecture === after.architecture);
    const elsewhere = at < 0 ? gone.findIndex(({ name }) => name === after.name) : at;
    return changed(elsewhere < 0 ? undefined : gone.splice(elsewhere, 1)[0], after);
  });
  const all = [...changes, ...gone.map((old) => changed(old, undefined))];
  return all.sort((a, b) => (a.change.package < b.change.package ? -1 : 1));
}

function changed(before: ChosenPackage | undefined, after: ChosenPackage | undefined): ChangedPackage {
  const change = {
    kind: kindOf(before, after),
    package: (after ?? before)?.name ?? "",
    from: before?.version ?? null,
    to: after?.version ?? null,
    size: (after?.size ?? 0) - (before?.size ?? 0),
  };
  return { change, before, after };
}

function kindOf(before: ChosenPackage | undefined, after: ChosenPackage | undefined): PackageChange["kind"] {
  if (before === undefined) return "new";
  if (after === undefined) return "gone";
  const order = compareVersions(after.version, before.version);
  if (order === 0) return "rebuilt";
  return order > 0 ? "newer" : "older";
}
