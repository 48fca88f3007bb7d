import { isDistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import type { Store } from "../store/store.ts";

/**
 * Removes what nobody needs of the trees that RUN has unpacked, and what failed work left of its own. Those that hold files of
 * other users are removed as the root of these users. Returns the paths of those that stay all the same.
 */
export async function removeTreesOfNobody(store: Store): Promise<readonly string[]> {
  return removeAsRoot(store, store.sweepSnapshots());
}

/** Removes directories that this user may not remove himself, as the root of the users that he has. Returns those that stay. */
export async function removeAsRoot(store: Store, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return paths;
  try {
    const { openTreeFiles } = await import("../sandbox/choose.ts");
    await openTreeFiles(store).remove(paths);
    return [];
  } catch (error) {
    if (!isDistillError(error)) throw error;
    return paths;
  }
}

/** Does that at the end of a build, however it ends; to be opened before the lease of the build. */
export function sweepingTrees(store: Store, progress: Progress): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      for (const path of await removeTreesOfNobody(store)) progress.warn(`${path} could not be removed`);
    },
  };
}
