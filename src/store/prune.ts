import { readdirSync, unlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestFromHex } from "../lib/digest.ts";
import { fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { type BlobInfo, fileSize } from "./blobs.ts";
import { type CacheLimits, withinLimits } from "./cache.ts";
import { blobDirectory, blobPath, type StoreContext, temporaryRoot } from "./context.ts";
import { staleLeases, sweepLeases } from "./leases.ts";
import { PARTIAL_DIRECTORY, removeOldPartials } from "./partial.ts";
import { reachableDigests } from "./reachable.ts";
import { forgetSnapshots, sweepSnapshots } from "./snapshots.ts";

/** What prune did, or with `dryRun` would do. */
export interface PruneReport {
  /** Blobs that no image and no running process needs. */
  readonly removed: readonly BlobInfo[];
  /** Files without a row, left by a process that was killed. */
  readonly orphans: readonly BlobInfo[];
  /** Bytes of both. */
  readonly bytes: number;
  /** Unpacked trees for RUN; their bytes, about. */
  readonly snapshots: { readonly count: number; readonly bytes: number };
  /** Cache entries forgotten. */
  readonly steps: number;
  /** Leases whose process is gone. */
  readonly staleLeases: number;
  /** Blobs that are needed but have lost their file. */
  readonly missing: readonly Digest[];
  /** Temporary directories that could not be removed (files of another user). */
  readonly undeletable: readonly string[];
}

export interface PruneOptions {
  readonly dryRun?: boolean;
  /** How much of what no name needs is to stay; nothing by default. */
  readonly keep?: CacheLimits;
}

/** Milliseconds between two collections of the cache. */
const COLLECT_EVERY = 3_600_000;

/**
 * Removes every blob that no tag and no live lease needs, and forgets the steps whose blobs go: a step stays when it
 * has blobs and every one of them is needed by an image. With `keep`, images without a name and what steps need stay
 * within those limits (cache.ts). Safe while others write: rows go in one transaction, and a file goes under the write
 * lock, only while it has no row.
 */
export async function prune(context: StoreContext, options: PruneOptions = {}): Promise<PruneReport> {
  const { database } = context;
  const dryRun = options.dryRun ?? false;
  const stale = staleLeases(context);
  const undeletable = dryRun ? [] : sweepLeases(context, stale);
  // Durable: a power cut must not bring back a name, or any other row, whose files are gone.
  const marked = database.transaction(() => mark(context, stale, options), { durable: !dryRun });
  return withUndeletable(await sweep(context, marked, options), stale, undeletable);
}

/**
 * `prune` with these limits, for the end of every build: undefined, at once, where it has been done within the last hour.
 */
export async function collectCache(context: StoreContext, limits: CacheLimits): Promise<PruneReport | undefined> {
  const { database } = context;
  const now = limits.now ?? Date.now();
  if (!isDue(context, now)) return undefined;
  const stale = staleLeases(context);
  const undeletable = sweepLeases(context, stale);
  const options = { keep: { ...limits, now } };
  const markIfDue = (): Marked | undefined => {
    // Asked again under the lock: another process may have been faster.
    if (!isDue(context, now)) return undefined;
    database.run("INSERT OR REPLACE INTO notes (name, value) VALUES ('cache collected at', ?)", now);
    return mark(context, stale, options);
  };
  const marked = database.transaction(markIfDue, { durable: true });
  return marked && withUndeletable(await sweep(context, marked, options), stale, undeletable);
}

function withUndeletable(
  report: Omit<PruneReport, "staleLeases">,
  stale: readonly string[],
  undeletable: readonly string[],
): PruneReport {
  return { ...report, staleLeases: stale.length, undeletable: [...undeletable, ...report.undeletable] };
}

/** A clock that was set back does not put it off for ever. */
function isDue({ database }: StoreContext, now: number): boolean {
  const last = database.get<{ value: number }>("SELECT value FROM notes WHERE name = 'cache collected at'")?.value;
  return last === undefined || now < last || now - last >= COLLECT_EVERY;
}

type Marked = Pick<PruneReport, "removed" | "missing" | "snapshots" | "steps">;

/** Inside a transaction: takes away the rows of what goes. */
function mark(context: StoreContext, stale: readonly string[], { dryRun, keep }: PruneOptions): Marked {
  const needed = reachableDigests(context, stale);
  const { digests: kept, forgotten } =
    keep === undefined
      ? { digests: needed, forgotten: forgettableSteps(context, needed) }
      : withinLimits(context, needed, keep);
  const blobs = context.database.all<BlobInfo>("SELECT digest, size FROM blobs ORDER BY digest");
  const removed = blobs.filter(({ digest }) => !kept.has(digest)).map(({ digest, size }) => ({ digest, size }));
  const missing = blobs
    .filter(({ digest }) => needed.has(digest) && fileSize(blobPath(context.root, digest)) === undefined)
    .map(({ digest }) => digest);
  if (!dryRun) {
    deleteRows(context, kept, forgotten);
  }
  const snapshots = forgetSnapshots(context, stale, { keep, dryRun });
  return { removed, missing, snapshots, steps: forgotten.length };
}

/** Takes away files without a row. */
async function sweep(context: StoreContext, marked: Marked, { dryRun = false, keep }: PruneOptions) {
  const gone = new Set<Digest>(marked.removed.map(({ digest }) => digest));
  const swept = context.database.transaction(() => sweepFiles(context, dryRun));
  const orphans = swept.filter(({ digest }) => !gone.has(digest));
  const undeletable = dryRun ? [] : sweepSnapshots(context);
  if (!dryRun) await removeAbandonedDirectories(context, keep);
  const bytes = [...marked.removed, ...orphans].reduce((sum, { size }) => sum + size, 0);
  return { ...marked, orphans, bytes, undeletable };
}

/** Steps of which a blob goes, and those that have none and would otherwise stay for ever. */
function forgettableSteps({ database }: StoreContext, kept: ReadonlySet<string>): readonly string[] {
  const forgotten = new Set<string>();
  const rows = database.all<{ key: string; digest: string | null }>(
    "SELECT key, digest FROM steps LEFT JOIN step_blobs ON step = key",
  );
  for (const { key, digest } of rows) if (digest === null || !kept.has(digest)) forgotten.add(key);
  return [...forgotten];
}

/** Inside a transaction. */
function deleteRows({ database }: StoreContext, kept: ReadonlySet<string>, steps: readonly string[]): void {
  const keep = JSON.stringify([...kept]);
  const gone = "NOT IN (SELECT value FROM json_each(?))";
  database.run(`DELETE FROM manifests WHERE digest ${gone}`, keep);
  database.run(`DELETE FROM refs WHERE parent ${gone}`, keep);
  database.run(`DELETE FROM forms WHERE digest ${gone}`, keep);
  database.run(`DELETE FROM layers WHERE diff_id ${gone} AND diff_id NOT IN (SELECT diff_id FROM forms)`, keep);
  database.run("DELETE FROM steps WHERE key IN (SELECT value FROM json_each(?))", JSON.stringify(steps));
  database.run(`DELETE FROM origins WHERE digest ${gone}`, keep);
  database.run(`DELETE FROM blobs WHERE digest ${gone}`, keep);
}

/**
 * Inside a transaction, so that no writer is between naming a file and recording it: removes files without a row,
 * which is what the first transaction left behind and what killed writers did.
 */
function sweepFiles({ root, database }: StoreContext, dryRun: boolean): readonly BlobInfo[] {
  const recorded = new Set(database.all<{ digest: Digest }>("SELECT digest FROM blobs").map(({ digest }) => digest));
  const orphans: BlobInfo[] = [];
  for (const name of readdirSync(blobDirectory(root))) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    const digest = digestFromHex(name);
    if (recorded.has(digest)) continue;
    const path = blobPath(root, digest);
    orphans.push({ digest, size: fileSize(path) ?? 0 });
    if (!dryRun) unlink(path);
  }
  return orphans;
}

/**
 * Temporary directories without a lease: a lease's row is written first and goes last, so these belong to nobody. With
 * `keep`, beginnings of blobs stay as long as other things do.
 */
async function removeAbandonedDirectories({ root, database }: StoreContext, keep?: CacheLimits): Promise<void> {
  if (keep !== undefined) removeOldPartials(root, (keep.now ?? Date.now()) - keep.maxAgeMs);
  const names = readdirSync(temporaryRoot(root));
  const leases = new Set(database.all<{ id: string }>("SELECT id FROM leases").map(({ id }) => id));
  for (const name of names) {
    const isKept = keep !== undefined && name === PARTIAL_DIRECTORY;
    if (!leases.has(name) && !isKept) await rm(join(temporaryRoot(root), name), { recursive: true, force: true });
  }
}

function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw fromSystemError(error, "removing", path);
  }
}
