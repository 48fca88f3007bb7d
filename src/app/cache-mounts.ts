import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { removeAsRoot } from "./unpacked-trees.ts";
import type { Workspace } from "./workspace.ts";

/** The directory of one cache of RUN --mount=type=cache. */
export interface CacheMount {
  readonly key: string;
  /** About what its files hold; directories that this user may not look into count as nothing. */
  readonly bytes: number;
}

/** Where directories lie that are being removed: nobody finds them any more. */
const REMOVED = "removed";

/**
 * Removes the caches of RUN that nobody uses right now and nobody has used for so many milliseconds, or with `dryRun` says
 * which these are. Those that could not be removed whole are in `undeletable`.
 */
export async function pruneCacheMounts(
  { store, cacheDirectory }: Pick<Workspace, "store" | "cacheDirectory">,
  {
    olderThan,
    dryRun,
    now = Date.now(),
  }: { readonly olderThan: number; readonly dryRun: boolean; readonly now?: number },
): Promise<{ readonly removed: readonly CacheMount[]; readonly undeletable: readonly string[] }> {
  const root = join(cacheDirectory, "mounts");
  const grave = join(root, REMOVED);
  const removed: CacheMount[] = [];
  for (const key of namesIn(root).filter((name) => /^[0-9a-f]{64}$/.test(name))) {
    const path = join(root, key);
    const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - usedAt < olderThan) continue;
    const bytes = bytesIn(path);
    const remove = (): void => {
      mkdirSync(grave, { recursive: true });
      renameSync(path, join(grave, `${key}-${process.pid}-${removed.length}`));
    };
    if (store.whileUnused(`cache mount ${key}`, dryRun ? () => {} : remove)) removed.push({ key, bytes });
  }
  return { removed, undeletable: dryRun ? [] : await bury(store, grave) };
}

/** What earlier processes did not get done is done too. */
async function bury(store: Workspace["store"], grave: string): Promise<readonly string[]> {
  const left = namesIn(grave)
    .map((name) => join(grave, name))
    .filter((path) => !isRemoved(path));
  return removeAsRoot(store, left);
}

function isRemoved(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

function bytesIn(directory: string): number {
  let bytes = 0;
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    const found = statOf(path);
    if (found?.isDirectory()) bytes += bytesIn(path);
    else bytes += found?.size ?? 0;
  }
  return bytes;
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
