import { digestOf } from "../../lib/digest.ts";
import type { ChosenPackage } from "../record.ts";

/** What decides which packages are chosen, by name: everything that a request says and that resolution looks at. */
export type Asked = Readonly<Record<string, string | readonly string[]>>;

/** What the .debs that a user has are called among the archives. */
export const LOCAL_KEY = "local";

/** An archive that packages were chosen from. */
export interface LockedArchive {
  /** As sourceKey has it: the same whatever mirror is in use. */
  readonly key: string;
  /** Of the release, in milliseconds since the epoch; undefined for LOCAL_KEY only. */
  readonly date: number | undefined;
}

/** The packages of one platform. */
export interface LockSection {
  readonly asked: Asked;
  /** A package's `archive` is a position in this list. */
  readonly archives: readonly LockedArchive[];
  /** By name, then by version, as text. */
  readonly packages: readonly ChosenPackage[];
}

/** A distill.lock: which packages an image is made of, for each platform that it was made for. */
export interface Lock {
  /** By platform, such as "linux/amd64". */
  readonly sections: ReadonlyMap<string, LockSection>;
}

/** The form that this version of distill reads and writes. */
export const LOCK_VERSION = 1;

/** Equal where the same packages would be composed in the same way. */
export function lockIdentity({ packages }: LockSection): readonly string[] {
  const parts = packages.map(({ name, version, digest, tiers, ignored }) => [name, version, digest, tiers, ignored]);
  return ["lock", digestOf(JSON.stringify(parts))];
}
