import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { processesWith } from "./processes.ts";

/**
 * Processes that a build with RUN has started: they have DISTILL_TEST_MARK with this directory in their environment, or see
 * mounts of a store below it, whatever their namespaces.
 */
export function processesOf(directory: string): readonly string[] {
  const inside = readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && textOf(`/proc/${pid}/mountinfo`).includes(directory),
  );
  const described = inside.map(
    (pid) => `${pid} ${textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim().slice(0, 200)}`,
  );
  return [...processesWith(`DISTILL_TEST_MARK=${directory}`), ...described];
}

/** Cgroups of jobs of these processes, which are named after them. */
export function cgroupsOf(pids: readonly number[]): readonly string[] {
  const found = spawnSync("find", ["/sys/fs/cgroup", "-type", "d", "-name", "distill-*"], { encoding: "utf8" });
  const names = new Set(pids.map((pid) => `distill-${pid}-`));
  return found.stdout.split("\n").filter((path) => names.has(/distill-\d+-/.exec(path)?.[0] ?? ""));
}

/** Mounts of this process's namespace below a directory. */
export function mountsBelow(directory: string): readonly string[] {
  return textOf("/proc/self/mountinfo")
    .split("\n")
    .filter((line) => line.includes(directory));
}

/** Directories of snapshots that no row of the store's database has, and rows of snapshots that are nobody's. */
export function strangeSnapshots(home: string): readonly string[] {
  const path = join(home, "store/store.db");
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare("SELECT id, key FROM snapshots").all();
    const known = new Set(rows.map(({ id }) => String(id)));
    const directories = readdirSync(join(home, "store/snapshots")).filter((name) => !known.has(name));
    const drafts = rows.filter(({ key }) => key === null).map(({ id }) => `draft ${id}`);
    return [...directories.map((name) => `snapshot ${name}`), ...drafts];
  } finally {
    database.close();
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
