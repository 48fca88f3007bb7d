import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { findBlob } from "./blobs.ts";
import type { StoreContext } from "./context.ts";
import type { Lease } from "./leases.ts";

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * Remembers what a step with this key gave, and which blobs that needs. A step is a cache entry: it protects nothing
 * from prune, and prune forgets it unless all its blobs stay for other reasons. Throws STORE_CORRUPT where a blob is
 * not in the store.
 */
export function rememberStep(context: StoreContext, key: string, value: JsonValue, keeps: readonly Digest[]): void {
  const { database } = context;
  database.transaction(() => {
    const missing = keeps.find((digest) => findBlob(context, digest) === undefined);
    if (missing !== undefined)
      throw new DistillError("STORE_CORRUPT", `step ${key} needs ${missing}, which is missing`);
    database.run("DELETE FROM steps WHERE key = ?", key);
    database.run("INSERT INTO steps (key, value) VALUES (?, ?)", key, JSON.stringify(value));
    const insert = "INSERT OR IGNORE INTO step_blobs (step, digest) VALUES (?, ?)";
    for (const digest of keeps) database.run(insert, key, digest);
  });
}

/**
 * What the step gave, or undefined where it is not known or one of its blobs is gone. With a lease, its blobs are held
 * from then on: without one, they may be pruned as soon as this returns.
 */
export function recallStep(context: StoreContext, key: string, lease?: Lease): JsonValue | undefined {
  const recall = (): JsonValue | undefined => {
    const row = context.database.get<{ value: string }>("SELECT value FROM steps WHERE key = ?", key);
    if (row === undefined) return undefined;
    const query = "SELECT digest FROM step_blobs WHERE step = ?";
    const keeps = context.database.all<{ digest: Digest }>(query, key);
    const has = ({ digest }: { digest: Digest }) => lease?.holdNow(digest) ?? findBlob(context, digest) !== undefined;
    return keeps.every(has) ? (JSON.parse(row.value) as JsonValue) : undefined;
  };
  return lease === undefined ? recall() : context.database.transaction(recall);
}
