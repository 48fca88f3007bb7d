import { chownSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { unlessTools } from "./tools.ts";

/** A user of this machine that has ranges of further users, for tests: `useradd distill-tests` makes one. */
const WITH_RANGES = "distill-tests";

/** nobody, who has none. */
const NOBODY = 65534;

/**
 * Makes the rest of this process run as an ordinary user, with `directory` as his. For root the one that was asked for; others
 * are who they are. Returns why that cannot be, for a test's `skip` option, or false.
 */
export function becomeUser(kind: "ranges" | "single", directory: string): false | string {
  if (process.getuid?.() !== 0) return false;
  const uid = kind === "single" ? NOBODY : uidOf(WITH_RANGES);
  if (uid === undefined) return `needs a user called ${WITH_RANGES}`;
  chownSync(directory, uid, uid);
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
  process.env.HOME = directory;
  return userInfo().uid === uid ? false : "needs root to become another user";
}

/** The user with ranges, for what a test starts as him; undefined where this machine has none. */
export function userWithRanges(): number | undefined {
  return uidOf(WITH_RANGES);
}

/** For a test's `skip` option: false, or why nothing can be started as the user with ranges. */
export function unlessUserWithRanges(): false | string {
  if (process.getuid?.() !== 0) return "needs root to become another user";
  return uidOf(WITH_RANGES) === undefined ? `needs a user called ${WITH_RANGES}` : unlessTools("setpriv", "newuidmap");
}

/** Hands a command line over to a user of this number; as it is, for root. */
export function asUser(uid: number): readonly string[] {
  return uid === 0 ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
}

function uidOf(name: string): number | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((each) => each.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(":")[2]);
}
