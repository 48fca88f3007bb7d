import type { Packing } from "../image/packing.ts";
import { makeDirectories } from "../lib/directories.ts";
import { fromSystemError } from "../lib/errors.ts";
import { distillHome } from "../lib/home.ts";
import { Store } from "../store/store.ts";
import { removeAsRoot } from "./unpacked-trees.ts";

/** Where a command's images and caches are. */
export interface Workspace {
  readonly store: Store;
  readonly cacheDirectory: string;
}

/**
 * Opens the user's store and makes sure of the cache directory; closes the store when `use` has ended. `packing` is how
 * layers of new images are packed.
 */
export async function withWorkspace<T>(
  use: (workspace: Workspace) => Promise<T>,
  options: { readonly packing?: Packing | undefined } = {},
): Promise<T> {
  await using workspace = openWorkspace(options);
  const { store } = workspace;
  // What killed builds of an ordinary user have left goes with the next command, whichever that is.
  await removeAsRoot(store, store.leftByPrograms);
  return await use(workspace);
}

/** As withWorkspace; whoever calls it closes the store by disposing of it. */
export function openWorkspace(options: { readonly packing?: Packing | undefined } = {}): Workspace & AsyncDisposable {
  const home = distillHome();
  try {
    makeDirectories(home.cache, 0o700);
  } catch (error) {
    throw fromSystemError(error, "creating", home.cache);
  }
  const store = Store.open(home.store, options);
  return { store, cacheDirectory: home.cache, [Symbol.asyncDispose]: () => store.close() };
}
