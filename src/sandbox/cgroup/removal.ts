import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemErrorCode } from "../../lib/errors.ts";
import { stateOf } from "../../lib/process-identity.ts";
import { type Hierarchy, readHierarchies, upwards } from "./hierarchies.ts";
import { ownerOf } from "./names.ts";

/** How often and after how many milliseconds it is tried again: a process that was ended leaves its group a little later. */
const TRIES = 100;
const PAUSE = 20;

/** Ends all processes in the groups and in those in them, and removes them. What still cannot be removed stays. */
export async function removeGroups(directories: readonly string[]): Promise<void> {
  for (let left = directories, tries = 0; ; tries++) {
    left = left.filter((directory) => !removed(directory));
    if (left.length === 0 || tries === TRIES) return;
    await sleep(PAUSE);
  }
}

/** Removes the groups that processes of distill left which have ended, wherever this process may have made them. */
export async function removeStaleGroups(hierarchies: readonly Hierarchy[] = readHierarchies()): Promise<void> {
  const places = new Set(hierarchies.flatMap(upwards));
  await removeGroups(
    [...places].flatMap((place) =>
      innerOf(place)
        .filter(isStale)
        .map((name) => join(place, name)),
    ),
  );
}

/** Removes the groups of this name that somebody has made for a job of this process and was ended before he could remove them. */
export async function removeGroupsNamed(
  name: string,
  hierarchies: readonly Hierarchy[] = readHierarchies(),
): Promise<void> {
  const places = [...new Set(hierarchies.flatMap(upwards))];
  await removeGroups(places.map((place) => join(place, name)).filter((directory) => existsSync(directory)));
}

function isStale(name: string): boolean {
  const owner = name.startsWith("distill-") ? ownerOf(name) : undefined;
  return owner !== undefined && stateOf(owner) === "dead";
}

function removed(directory: string): boolean {
  for (const name of innerOf(directory)) removed(join(directory, name));
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "EBUSY" && code !== "ENOTEMPTY") return true;
    for (const pid of processesIn(directory)) kill(pid);
    return false;
  }
}

function innerOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function processesIn(directory: string): readonly number[] {
  try {
    const text = readFileSync(join(directory, "cgroup.procs"), "utf8");
    // 0 stands for a process of a namespace that cannot be seen from here.
    return text
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself, or is not ours to end.
  }
}
