import { statSync } from "node:fs";
import type { Digest } from "../lib/digest.ts";
import type { BlobInfo } from "./blobs.ts";
import { blobPath, type StoreContext } from "./context.ts";

/** How much may be kept that no name and no running process needs. */
export interface CacheLimits {
  /** Bytes; Infinity for no limit. */
  readonly maxBytes: number;
  /** Milliseconds since something was last used; Infinity for no limit. */
  readonly maxAgeMs: number;
  /** Milliseconds since the epoch; the clock's by default. */
  readonly now?: number;
}

/** What stays. */
export interface Kept {
  readonly digests: ReadonlySet<string>;
  /** Keys of steps that are to be forgotten. */
  readonly forgotten: readonly string[];
}

/** Something that is kept for later: a cached step, an image without a name, or a blob that belongs to nothing. */
interface Entry {
  readonly usedAt: number;
  /** Of a step. */
  readonly key: string | undefined;
  readonly digests: readonly string[];
}

/**
 * Inside a transaction: chooses what stays beside `needed`, which names and leases keep. Entries that were not used for
 * longer than the limit go; then, while what only the others keep is more than the limit, those that were not used for
 * the longest time. One that keeps nothing of its own costs nothing, and stays.
 */
export function withinLimits(context: StoreContext, needed: ReadonlySet<string>, limits: CacheLimits): Kept {
  const { maxBytes, maxAgeMs, now = Date.now() } = limits;
  const sizes = sizesOf(context);
  const closureOf = closures(context);
  const entries = [...stepsOf(context), ...unnamedOf(context, needed)].map((entry) => ({
    ...entry,
    closure: closureOf(entry.digests),
  }));
  const known = new Set(entries.flatMap(({ closure }) => [...closure]));
  const loose = [...sizes.keys()].filter((digest) => !needed.has(digest) && !known.has(digest));
  const all = [...entries, ...loose.map((digest) => looseEntry(context, digest))];
  const digests = new Set(needed);
  const forgotten: string[] = [];
  let [bytes, isFull] = [0, false];
  for (const { usedAt, key, digests: own, closure } of all.toSorted((a, b) => b.usedAt - a.usedAt)) {
    const added = [...closure].filter((digest) => !digests.has(digest));
    const size = added.reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
    isFull ||= bytes + size > maxBytes;
    const isStale = now - usedAt > maxAgeMs || !own.every((digest) => sizes.has(digest));
    if (isStale || (isFull && size > 0)) {
      if (key !== undefined) forgotten.push(key);
      continue;
    }
    bytes += size;
    for (const digest of added) digests.add(digest);
  }
  return { digests, forgotten };
}

function sizesOf({ database }: StoreContext): ReadonlyMap<string, number> {
  const rows = database.all<BlobInfo>("SELECT digest, size FROM blobs ORDER BY digest");
  return new Map(rows.map(({ digest, size }) => [digest, size]));
}

function stepsOf({ database }: StoreContext): readonly Entry[] {
  const query = "SELECT key, used_at, digest FROM steps LEFT JOIN step_blobs ON step = key ORDER BY key";
  const steps = new Map<string, { readonly usedAt: number; readonly digests: string[] }>();
  for (const row of database.all<{ key: string; used_at: number; digest: string | null }>(query)) {
    const step = steps.get(row.key) ?? { usedAt: row.used_at, digests: [] };
    if (row.digest !== null) step.digests.push(row.digest);
    steps.set(row.key, step);
  }
  return [...steps].map(([key, step]) => ({ key, ...step }));
}

/** Images and indexes that no name and no lease leads to. */
function unnamedOf({ database }: StoreContext, needed: ReadonlySet<string>): readonly Entry[] {
  const rows = database.all<{ digest: string; used_at: number }>(
    "SELECT digest, used_at FROM manifests ORDER BY digest",
  );
  return rows
    .filter(({ digest }) => !needed.has(digest))
    .map(({ digest, used_at }) => ({ usedAt: used_at, key: undefined, digests: [digest] }));
}

/** A blob that was fetched or made for something that did not get done; as old as its file. */
function looseEntry({ root }: StoreContext, digest: string): Entry & { readonly closure: ReadonlySet<string> } {
  const changed = statSync(blobPath(root, digest as Digest), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return { usedAt: changed, key: undefined, digests: [digest], closure: new Set([digest]) };
}

/** What digests lead to, themselves included: as reachable.ts, in memory, since it is asked once an entry. */
function closures({ database }: StoreContext): (digests: readonly string[]) => ReadonlySet<string> {
  const children = new Map<string, string[]>();
  const query = "SELECT parent, child FROM refs UNION ALL SELECT diff_id, digest FROM forms";
  for (const { parent, child } of database.all<{ parent: string; child: string }>(query)) {
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [child]);
    else known.push(child);
  }
  return (digests) => {
    const found = new Set(digests);
    // A set is walked on over what is added meanwhile.
    for (const digest of found) for (const child of children.get(digest) ?? []) found.add(child);
    return found;
  };
}
