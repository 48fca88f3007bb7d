import { spawnSync } from "node:child_process";
import { MAIN, NODE } from "./cli.ts";
import { unlessTools } from "./tools.ts";

/** An ordinary user: nobody. */
export const USER = 65534;

/** Sets the umask of what it is handed. */
export const PRIVATE: readonly string[] = ["sh", "-c", 'umask 077; exec "$@"', "sh"];

/** Hands over to an ordinary user. */
export const ORDINARY: readonly string[] = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];

/** For a test's `skip` option: false, or why nothing can be run as an ordinary user here. */
export function unlessOrdinaryUser(): false | string {
  const missing = unlessTools("setpriv");
  if (missing !== false) return missing;
  if (process.getuid?.() !== 0) return "needs root to become an ordinary user";
  const [file = "", ...args] = [...ORDINARY, NODE, "--eval", `require("fs").accessSync(${JSON.stringify(MAIN)})`];
  return spawnSync(file, args).status === 0 ? false : "needs a checkout that ordinary users can read";
}
