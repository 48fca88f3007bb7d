import { homedir } from "node:os";
import { join } from "node:path";

/** Where distill keeps things. */
export interface Home {
  /** Images: worth keeping. */
  readonly store: string;
  /** Packages and package lists: can be fetched again. */
  readonly cache: string;
}

/**
 * Directories by the XDG base directory specification, or both below DISTILL_HOME where that is set. Nothing is created.
 */
export function distillHome(environment: Readonly<Record<string, string | undefined>> = process.env): Home {
  const own = environment.DISTILL_HOME;
  if (own) return { store: join(own, "store"), cache: join(own, "cache") };
  const home = environment.HOME || homedir();
  const data = environment.XDG_DATA_HOME || join(home, ".local", "share");
  const cache = environment.XDG_CACHE_HOME || join(home, ".cache");
  return { store: join(data, "distill"), cache: join(cache, "distill") };
}
