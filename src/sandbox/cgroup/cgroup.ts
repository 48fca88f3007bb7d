import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DistillError, systemErrorCode } from "../../lib/errors.ts";
import { type Hierarchy, readHierarchies, upwards, wordsOf } from "./hierarchies.ts";
import { type Controller, controllersFor, type Limits, settingsFor } from "./limits.ts";
import { newGroupName } from "./names.ts";
import { removeGroups } from "./removal.ts";

/** The control groups of one RUN: limits that hold for all processes in them together. */
export interface Cgroup {
  /** A process joins by writing its number, or 0 for itself, to each of these files; those that it starts then are in it. */
  readonly joins: readonly string[];
  /** Whether the processes came to the limit of memory, and the kernel ended one of them or had to take memory from them. */
  ranOutOfMemory(): boolean;
  /** Ends what is still in the groups, and removes them. */
  remove(): Promise<void>;
}

/** The group of one hierarchy, and the one in it that processes join. */
interface Group {
  readonly hierarchy: Hierarchy;
  readonly directory: string;
  readonly joined: string;
}

/** Bytes that may be left below the limit when no further piece fits: 64 pages a processor. */
const CHARGED_AT_ONCE = 512 * 1024;

/** In version 2, a group with groups in it holds no process. */
const INNER = "run";

/**
 * Makes groups with limits: of version 2 where it has the controllers, else of version 1. A group stands in that of this process,
 * or, where version 2 does not allow that, in the nearest one around it that does. ENVIRONMENT where none can be made.
 */
export function makeCgroup(limits: Limits, hierarchies = readHierarchies()): Cgroup {
  const name = newGroupName();
  const groups: Group[] = [];
  try {
    for (const [hierarchy, controllers] of hierarchiesFor(controllersFor(limits), hierarchies)) {
      const group = makeGroup(hierarchy, controllers, name);
      groups.push(group);
      for (const { file, value, optional } of controllers.flatMap((each) =>
        settingsFor(limits, each, hierarchy.version),
      )) {
        write(join(group.directory, file), value, optional);
      }
    }
  } catch (error) {
    void removeGroups(groups.map(({ directory }) => directory));
    throw error;
  }
  return {
    joins: groups.map(({ joined }) => join(joined, "cgroup.procs")),
    ranOutOfMemory: () =>
      groups.some(({ directory }) => cameToLimit(directory, limits.memory ?? Number.POSITIVE_INFINITY)),
    remove: () => removeGroups(groups.map(({ directory }) => directory)),
  };
}

function hierarchiesFor(
  controllers: readonly Controller[],
  hierarchies: readonly Hierarchy[],
): ReadonlyMap<Hierarchy, readonly Controller[]> {
  const wanted = new Map<Hierarchy, Controller[]>();
  for (const controller of controllers) {
    const hierarchy = hierarchies.find((each) => each.controllers.has(controller));
    if (hierarchy === undefined) throw impossible(controller, "this machine has no such control group");
    wanted.set(hierarchy, [...(wanted.get(hierarchy) ?? []), controller]);
  }
  return wanted;
}

function makeGroup(hierarchy: Hierarchy, controllers: readonly Controller[], name: string): Group {
  const parents = hierarchy.version === 1 ? [hierarchy.own] : upwards(hierarchy);
  let why = "no group around this process hands its controllers on";
  for (const parent of parents) {
    if (hierarchy.version === 2 && !handsOn(parent, controllers)) continue;
    const directory = join(parent, name);
    const joined = hierarchy.version === 1 ? directory : join(directory, INNER);
    try {
      mkdirSync(joined, { recursive: true });
      return { hierarchy, directory, joined };
    } catch (error) {
      why = `${parent} cannot be written to (${systemErrorCode(error) ?? error})`;
    }
  }
  throw impossible(controllers.join(" and "), why);
}

/** Whether groups in this one have the controllers: they do already, or they can be told to. */
function handsOn(parent: string, controllers: readonly Controller[]): boolean {
  const has = wordsOf(join(parent, "cgroup.subtree_control"));
  if (controllers.every((each) => has.has(each))) return true;
  const could = wordsOf(join(parent, "cgroup.controllers"));
  if (!controllers.every((each) => could.has(each))) return false;
  try {
    writeFileSync(join(parent, "cgroup.subtree_control"), controllers.map((each) => `+${each}`).join(" "));
    return true;
  } catch {
    return false;
  }
}

function write(file: string, value: string, optional: boolean): void {
  try {
    writeFileSync(file, value);
  } catch (error) {
    const code = systemErrorCode(error);
    if (optional && code !== "EINVAL") return;
    throw impossible(file, `${value} cannot be written (${code ?? error})`);
  }
}

/**
 * Version 2 counts what the kernel ended. Version 1 counts that in the innermost group alone, which may be gone, so that what
 * was used at most is asked: the kernel charges memory by pieces, and may stop a little below the limit.
 */
function cameToLimit(directory: string, limit: number): boolean {
  const ended = ["memory.events", "memory.oom_control"].some((file) => {
    return Number(/^oom_kill (\d+)$/m.exec(textOf(join(directory, file)))?.[1] ?? 0) > 0;
  });
  const most = Number(textOf(join(directory, "memory.max_usage_in_bytes")).trim());
  return ended || most > limit - CHARGED_AT_ONCE;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function impossible(what: string, why: string): DistillError {
  return new DistillError("ENVIRONMENT", `the limits of --memory and --cpus cannot be set here: ${what}: ${why}`, {
    hint: "leave the limits out, run as root, or as a user with systemd: systemd-run --user --scope -p Delegate=yes distill ...",
  });
}
