import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Where distill keeps things. */
export interface Home {
  /** Images: worth keeping. */
  readonly store: string;
  /** Packages and package lists: can be fetched again. */
  readonly cache: string;
}

/**
 * Directories by the XDG base directory specification (a relative path in its variables is ignored), or both below
 * DISTILL_HOME where that is set. The paths are absolute. Nothing is created.
 */
export function distillHome(environment: Readonly<Record<string, string | undefined>> = process.env): Home {
  const own = environment.DISTILL_HOME;
  if (own) return { store: resolve(own, "store"), cache: resolve(own, "cache") };
  const home = resolve(environment.HOME || homedir());
  const data = absolute(environment.XDG_DATA_HOME) ?? join(home, ".local", "share");
  const cache = absolute(environment.XDG_CACHE_HOME) ?? join(home, ".cache");
  return { store: join(data, "distill"), cache: join(cache, "distill") };
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
