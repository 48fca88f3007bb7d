import { DistillError } from "../../lib/errors.ts";
import { childOf, componentsOf, displayPath, parentOf, pathFromText, ROOT, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Stub } from "../job.ts";

/** Where something is to be mounted, and what it is. */
export interface Wanted {
  /** As it was written; absolute. */
  readonly target: string;
  readonly type: "file" | "directory";
}

export interface Targets {
  /** Without symbolic links, in the order of what was wanted. */
  readonly targets: readonly RootPath[];
  /** What the root file system lacks, outermost first, each once. */
  readonly stubs: readonly Stub[];
}

/** Always mounted. */
const KERNEL: readonly Wanted[] = ["/proc", "/sys", "/dev"].map((target) => ({ target, type: "directory" }));

/**
 * Finds the places for mounts by the tree that will be mounted, links followed inside it: nothing that mounts them later has to
 * follow any. FILE_CONFLICT where one of the kernel's directories is a link, where a file stands in the way of a directory or the other way round.
 */
export function findTargets(tree: Tree, wanted: readonly Wanted[]): Targets {
  const stubs = new Map<RootPath, Stub>();
  const mounted: RootPath[] = [];
  const targets: RootPath[] = [];
  for (const each of [...KERNEL, ...wanted]) {
    const { path, node } = tree.follow(pathFromText(each.target));
    if (path === ROOT) throw conflict(each.target, "is the root directory itself");
    if (isKernels(each) && displayPath(path) !== each.target) throw moved(each.target, path);
    if (path.startsWith("proc/")) throw conflict(each.target, "lies in what the kernel says of processes");
    if (!mounted.some((above) => path.startsWith(`${above}/`))) {
      if (node === undefined) {
        addParents(tree, path, stubs);
        stubs.set(path, { path, type: each.type });
      } else if ((node.type === "directory") !== (each.type === "directory")) {
        throw conflict(each.target, `is a ${node.type} in the image, and a ${each.type} is to be mounted there`);
      }
    }
    mounted.push(path);
    targets.push(path);
  }
  return { targets: targets.slice(KERNEL.length), stubs: [...stubs.values()] };
}

function addParents(tree: Tree, path: RootPath, stubs: Map<RootPath, Stub>): void {
  let at = ROOT;
  for (const name of componentsOf(parentOf(path))) {
    at = childOf(at, name);
    const node = tree.get(at);
    if (node === undefined) stubs.set(at, stubs.get(at) ?? { path: at, type: "directory" });
    else if (node.type !== "directory")
      throw conflict(displayPath(path), `would lie below ${displayPath(at)}, a ${node.type}`);
  }
}

function isKernels(wanted: Wanted): boolean {
  return KERNEL.includes(wanted);
}

/** Executors mount what the kernel provides where programs expect it, and nowhere else. */
function moved(target: string, path: RootPath): DistillError {
  return new DistillError("FILE_CONFLICT", `${target} is a symbolic link to ${displayPath(path)} in the image`, {
    hint: `programs need a directory at ${target}: remove the link`,
  });
}

function conflict(target: string, why: string): DistillError {
  return new DistillError("FILE_CONFLICT", `${target} ${why}`, { hint: "choose another target for the mount" });
}
