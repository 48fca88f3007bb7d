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

/** Always mounted, before anything else. */
const KERNEL: readonly RootPath[] = ["/proc", "/sys", "/dev"].map(pathFromText);

/** What they show is not the image's, and what is mounted there would hide what confines programs. */
const CLOSED: readonly RootPath[] = ["/proc", "/sys"].map(pathFromText);

/**
 * Finds the places for mounts by the tree that will be mounted, links followed inside it: nothing that mounts them later has to
 * follow any. FILE_CONFLICT where one of the kernel's directories is a link, and where a file stands in the way of a directory or
 * the other way round.
 */
export function findTargets(tree: Tree, wanted: readonly Wanted[]): Targets {
  const stubs = new Map<RootPath, Stub>();
  const targets: RootPath[] = [];
  for (const path of KERNEL) {
    const target = displayPath(path);
    const { path: place } = tree.follow(path);
    if (place !== path) throw moved(target, place);
    addStub(tree, path, { type: "directory", target }, stubs);
  }
  for (const each of wanted) {
    const mounted = [...KERNEL, ...targets];
    const path = placeOf(tree, pathFromText(each.target), mounted);
    if (path === ROOT) throw conflict(each.target, "is the root directory itself");
    if (CLOSED.some((closed) => path === closed || isBelow(path, closed)) || path === KERNEL.at(-1)) {
      throw conflict(each.target, "is the kernel's");
    }
    if (!mounted.some((above) => isBelow(path, above))) addStub(tree, path, each, stubs);
    targets.push(path);
  }
  return { targets, stubs: [...stubs.values()] };
}

/** Links are followed up to what is mounted: the tree does not know what lies there. */
function placeOf(tree: Tree, path: RootPath, mounted: readonly RootPath[]): RootPath {
  const components = componentsOf(path);
  for (const [index] of components.entries()) {
    const { path: place } = tree.follow(components.slice(0, index + 1).join("/") as RootPath);
    if (mounted.includes(place)) return [place, ...components.slice(index + 1)].join("/") as RootPath;
  }
  return tree.follow(path).path;
}

function addStub(tree: Tree, path: RootPath, { type, target }: Wanted, stubs: Map<RootPath, Stub>): void {
  const node = tree.get(path);
  if (node === undefined) {
    addParents(tree, path, stubs);
    stubs.set(path, { path, type });
  } else if ((node.type === "directory") !== (type === "directory")) {
    throw conflict(target, `is a ${node.type} in the image, and a ${type} is to be mounted there`);
  }
}

function isBelow(path: RootPath, directory: RootPath): boolean {
  return path.startsWith(`${directory}/`);
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

/** Executors mount what the kernel provides where programs expect it, and nowhere else. */
function moved(target: string, path: RootPath): DistillError {
  return new DistillError("FILE_CONFLICT", `${target} is a symbolic link to ${displayPath(path)} in the image`, {
    hint: `programs need a directory at ${target}: remove the link`,
  });
}

function conflict(target: string, why: string): DistillError {
  return new DistillError("FILE_CONFLICT", `${target} ${why}`, { hint: "choose another target for the mount" });
}
