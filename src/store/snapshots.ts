import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fromSystemError } from "../lib/errors.ts";
import { bootIdentifier } from "../lib/process-identity.ts";
import { type StoreContext, snapshotRoot } from "./context.ts";
import type { Lease } from "./leases.ts";

/** Files on disk, whole: a directory tree that is a lower layer of the root file system of a RUN. */
export interface Snapshot {
  readonly id: number;
  /** `ID/files` below the store's directory of snapshots. */
  readonly directory: string;
}

/** One that is being made: `directory` is empty, and what is there becomes visible to others with `complete`. */
export interface SnapshotDraft extends Snapshot {
  /** An empty directory beside it, for what its making needs; gone with it, and may stay empty. */
  readonly workDirectory: string;
  /** Others find it by this key from now on; the lease goes on holding it. `bytes` is about what it takes on disk. */
  complete(key: string, bytes: number): void;
}

/** Where snapshots lie; the directories that `Snapshot` names are below it. */
export function snapshotsDirectory({ root }: StoreContext): string {
  return snapshotRoot(root);
}

/**
 * The snapshot of this key, held by the lease; undefined where there is none. Snapshots are not flushed to disk, so those of
 * an earlier boot do not count.
 */
export function findSnapshot(context: StoreContext, lease: Lease, key: string): Snapshot | undefined {
  const { database } = context;
  return database.transaction(() => {
    const query = "SELECT id FROM snapshots WHERE key = ? AND boot = ?";
    const row = database.get<{ id: number }>(query, key, bootIdentifier());
    if (row === undefined) return undefined;
    database.run("UPDATE snapshots SET used_at = ? WHERE id = ?", Date.now(), row.id);
    database.run("INSERT OR IGNORE INTO lease_snapshots (lease, snapshot) VALUES (?, ?)", lease.id, row.id);
    return { id: row.id, directory: directoryOf(row.id) };
  });
}

/** A new snapshot, which nobody else sees yet; it goes with the lease unless it is completed. */
export function draftSnapshot(context: StoreContext, lease: Lease): SnapshotDraft {
  const { root, database } = context;
  const id = database.transaction(() => {
    const insert = "INSERT INTO snapshots (key, boot, bytes, used_at) VALUES (NULL, ?, 0, ?)";
    database.run(insert, bootIdentifier(), Date.now());
    const { id: made } = database.get<{ id: number }>("SELECT last_insert_rowid() AS id") as { id: number };
    database.run("INSERT INTO lease_snapshots (lease, snapshot) VALUES (?, ?)", lease.id, made);
    return made;
  });
  const own = join(snapshotRoot(root), String(id));
  const workDirectory = join(own, "work");
  try {
    for (const path of [own, join(own, "files"), workDirectory]) mkdirSync(path, 0o755);
  } catch (error) {
    throw fromSystemError(error, "creating", own);
  }
  return {
    ...{ id, directory: directoryOf(id), workDirectory },
    complete(key, bytes) {
      database.transaction(() => {
        // Another builder may have been faster: his stays, and this one is for this lease alone.
        const known = database.get("SELECT 1 FROM snapshots WHERE key = ? AND boot = ?", key, bootIdentifier());
        if (known !== undefined) return;
        database.run("UPDATE snapshots SET key = NULL WHERE key = ?", key);
        database.run("UPDATE snapshots SET key = ?, bytes = ? WHERE id = ?", key, bytes, id);
      });
    },
  };
}

/**
 * Removes the files of what was being made under these leases, of processes that are gone, before anything is written into the
 * database: on a full disk there may be no other room for that.
 */
export function emptyDrafts({ root, database }: StoreContext, stale: readonly string[]): void {
  const live = "SELECT snapshot FROM lease_snapshots WHERE lease NOT IN (SELECT value FROM json_each(?))";
  const query = `SELECT id FROM snapshots WHERE key IS NULL AND id NOT IN (${live})`;
  for (const { id } of database.all<{ id: number }>(query, JSON.stringify(stale))) {
    try {
      rmSync(join(snapshotRoot(root), String(id)), { recursive: true, force: true });
    } catch {
      // What belongs to other users is for whoever runs programs.
    }
  }
}

/** Forgets what was being made by processes that are gone or have failed. */
export function forgetAbandonedDrafts({ database }: StoreContext): boolean {
  const held = "SELECT snapshot FROM lease_snapshots";
  return database.run(`DELETE FROM snapshots WHERE key IS NULL AND id NOT IN (${held})`) > 0;
}

/** Limits of what may stay beside what leases hold; see cache.ts. */
interface Limits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly now?: number;
}

/**
 * Inside a transaction: forgets the snapshots that no lease (but those in `ignored`) holds, all of them or, with limits,
 * those that were not used for the longest time. Their directories are then nobody's: see sweepSnapshots. With `dryRun` nothing
 * is forgotten. Returns what goes.
 */
export function forgetSnapshots(
  { database }: StoreContext,
  ignored: readonly string[],
  { keep, dryRun = false }: { readonly keep?: Limits | undefined; readonly dryRun?: boolean | undefined } = {},
): { readonly count: number; readonly bytes: number } {
  const rows = database.all<{ id: number; key: string | null; boot: string; bytes: number; used_at: number }>(
    `SELECT id, key, boot, bytes, used_at FROM snapshots
      WHERE id NOT IN (SELECT snapshot FROM lease_snapshots WHERE lease NOT IN (SELECT value FROM json_each(?)))
      ORDER BY used_at DESC`,
    JSON.stringify(ignored),
  );
  const gone = { count: 0, bytes: 0 };
  let bytes = 0;
  for (const row of rows) {
    bytes += row.bytes;
    const age = (keep?.now ?? Date.now()) - row.used_at;
    const stays =
      keep !== undefined &&
      row.key !== null &&
      row.boot === bootIdentifier() &&
      age <= keep.maxAgeMs &&
      bytes <= keep.maxBytes;
    if (stays) continue;
    gone.count++;
    gone.bytes += row.bytes;
    if (!dryRun) database.run("DELETE FROM snapshots WHERE id = ?", row.id);
  }
  return gone;
}

/**
 * Removes the directories of snapshots that are nobody's. Returns the paths of those that this process may not remove: they
 * hold files of other users, and whoever runs programs can.
 */
export function sweepSnapshots(context: StoreContext): readonly string[] {
  const { root, database } = context;
  const failed: string[] = [];
  // Under the write lock, so that no draft is between its row and its directory.
  const dead = database.transaction(() => {
    const known = new Set(database.all<{ id: number }>("SELECT id FROM snapshots").map(({ id }) => String(id)));
    return readdirSync(snapshotRoot(root)).filter((name) => /^\d+$/.test(name) && !known.has(name));
  });
  for (const name of dead) {
    const path = join(snapshotRoot(root), name);
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      failed.push(path);
    }
  }
  return failed;
}

function directoryOf(id: number): string {
  return `${id}/files`;
}
