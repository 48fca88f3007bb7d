import type { Digest } from "../lib/digest.ts";
import type { StoreContext } from "./context.ts";

/**
 * Every digest that must stay: what tags and live leases name, what manifests among those name, and every packed form
 * of a layer that stays. The one parameter is a JSON list of leases that no longer count.
 */
const REACHABLE = `
WITH RECURSIVE reachable (digest) AS (
  SELECT manifest FROM images
  UNION SELECT digest FROM lease_blobs WHERE lease NOT IN (SELECT value FROM json_each(?))
  UNION SELECT refs.child FROM refs JOIN reachable ON refs.parent = reachable.digest
  UNION SELECT forms.digest FROM forms JOIN reachable ON forms.diff_id = reachable.digest
)`;

const USERS = `
WITH RECURSIVE users (digest) AS (
  VALUES (?)
  UNION SELECT refs.parent FROM refs JOIN users ON refs.child = users.digest
  UNION SELECT forms.diff_id FROM forms JOIN users ON forms.digest = users.digest
)
SELECT reference FROM images WHERE manifest IN (SELECT digest FROM users) ORDER BY reference`;

/** What a tag or a lease needs, directly or not; leases in `ignored` do not count. */
export function reachableDigests({ database }: StoreContext, ignored: readonly string[]): ReadonlySet<string> {
  const rows = database.all<{ digest: string }>(`${REACHABLE} SELECT digest FROM reachable`, JSON.stringify(ignored));
  return new Set(rows.map(({ digest }) => digest));
}

/** The references of the images that need this blob. */
export function usersOf({ database }: StoreContext, digest: Digest): readonly string[] {
  return database.all<{ reference: string }>(USERS, digest).map(({ reference }) => reference);
}
