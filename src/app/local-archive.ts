import { LOCAL_KEY, type LockedArchive } from "../compose/lock/lock.ts";
import type { Debs } from "../debian/archive/debs.ts";
import type { Digest } from "../lib/digest.ts";

/** The .debs that a user has, as an archive behind all others. */
export const LOCAL_ARCHIVE: LockedArchive = { key: LOCAL_KEY, date: undefined };

/** A .deb that a user has. */
interface OwnDeb {
  readonly path: string;
  readonly digest: Digest;
}

/** Packages of `debs`, but for those that the user has: they are taken from where they lie, whoever else has them. */
export function withLocalDebs(debs: Debs, own: readonly OwnDeb[]): Debs {
  const paths = new Map(own.map(({ digest, path }) => [digest, path]));
  const fetchDebs: Debs["fetchDebs"] = (packages) => {
    const remote = packages.filter(({ digest }) => !paths.has(digest));
    const fetched = new Map(debs.fetchDebs(remote).map((path, index) => [remote[index]?.digest, path]));
    return packages.map(({ digest }) => fetched.get(digest) ?? Promise.resolve(paths.get(digest) as string));
  };
  return {
    fetchDebs,
    fetchDeb: (from) => fetchDebs([from])[0] as Promise<string>,
    // One that the user has is not distill's to remove: it is read again, and its digest decides.
    discardDeb: async (damaged) => (paths.has(damaged.digest) ? undefined : debs.discardDeb(damaged)),
  };
}
