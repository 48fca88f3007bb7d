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

/** A step's time of use is noted again after so many milliseconds, so that most builds write none. */
const NOTED_EVERY = 3_600_000;

/**
 * Remembers what a step with this key gave, and which blobs that needs. A step is a cache entry: it protects nothing
 * from prune, and prune forgets it unless all its blobs stay for other reasons (with limits, see cache.ts). Throws STORE_CORRUPT where a blob is
 * not in the store.
 */
export function rememberStep(context: StoreContext, key: string, value: JsonValue, keeps: readonly Digest[]): void {
  const { database } = context;
  database.transaction(() => {
    const missing = keeps.find((digest) => findBlob(context, digest) === undefined);
    if (missing !== undefined)
      throw new DistillError("STORE_CORRUPT", `step ${key} needs ${missing}, which is missing`);
    database.run("DELETE FROM steps WHERE key = ?", key);
    const insertStep = "INSERT INTO steps (key, value, used_at) VALUES (?, ?, ?)";
    database.run(insertStep, key, JSON.stringify(value), Date.now());
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
    const select = "SELECT value, used_at FROM steps WHERE key = ?";
    const row = context.database.get<{ value: string; used_at: number }>(select, key);
    if (row === undefined) return undefined;
    const query = "SELECT digest FROM step_blobs WHERE step = ?";
    const keeps = context.database.all<{ digest: Digest }>(query, key);
    const has = ({ digest }: { digest: Digest }) => lease?.holdNow(digest) ?? findBlob(context, digest) !== undefined;
    if (!keeps.every(has)) return undefined;
    noteUse(context, key, row.used_at);
    return JSON.parse(row.value) as JsonValue;
  };
  return lease === undefined ? recall() : context.database.transaction(recall);
}

/** Takes away what is remembered of a step; what it keeps goes with the next prune. */
export function forgetStep({ database }: StoreContext, key: string): void {
  database.run("DELETE FROM steps WHERE key = ?", key);
}

/** A time that is yet to come is of a clock that was wrong. */
function noteUse({ database }: StoreContext, key: string, before: number): void {
  const now = Date.now();
  if (before <= now && now - before < NOTED_EVERY) return;
  database.run("UPDATE steps SET used_at = ? WHERE key = ?", now, key);
}
