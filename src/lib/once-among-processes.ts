import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfCancelled } from "./cancel.ts";
import { ownIdentity, type ProcessIdentity, stateOf } from "./process-identity.ts";

/** Milliseconds between two looks at what another process makes. */
const PAUSE = 40;

/** Nobody waits longer, in milliseconds, for a process that lives and does not get done. */
const LIFETIME = 600_000;

/** A lock whose owner cannot be seen from here (a container's) counts for this long, in milliseconds. */
const UNSEEN_LIFETIME = 60_000;

/**
 * What `find` gives, or else what `make` makes, by one process at a time: while another one that is alive holds the lock
 * file, this one looks for its result. The lock saves work and nothing depends on it: what is made must be whole whoever
 * makes it, and where the lock cannot be written, everybody makes it.
 */
export async function onceAmongProcesses<T>(
  lockPath: string,
  work: { find(): Promise<T | undefined>; make(): Promise<T> },
  signal: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    throwIfCancelled(signal);
    const found = await work.find();
    if (found !== undefined) return found;
    const lock = takeLock(lockPath);
    if (lock === "held") {
      await sleep(PAUSE, undefined, signal === undefined ? {} : { signal }).catch(() => throwIfCancelled(signal));
      continue;
    }
    try {
      return (await work.find()) ?? (await work.make());
    } finally {
      if (lock === "taken") rmSync(lockPath, { force: true });
    }
  }
}

/** "none" where no lock can be had at all. */
function takeLock(path: string): "taken" | "held" | "none" {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, JSON.stringify(ownIdentity()));
    closeSync(file);
    return "taken";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return "none";
  }
  if (isHeld(path)) return "held";
  rmSync(path, { force: true });
  return "held";
}

function isHeld(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return true;
  const age = Date.now() - stats.mtimeMs;
  const owner = readOwner(path);
  // Just made, and not written yet; or another program's.
  if (owner === undefined) return age < UNSEEN_LIFETIME;
  const state = stateOf(owner);
  return (state === "alive" && age < LIFETIME) || (state === "elsewhere" && age < UNSEEN_LIFETIME);
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    const { pid, process: start, namespace } = JSON.parse(readFileSync(path, "utf8")) as Partial<ProcessIdentity>;
    if (typeof pid !== "number" || typeof start !== "string" || typeof namespace !== "string") return undefined;
    return { pid, process: start, namespace };
  } catch {
    return undefined;
  }
}
