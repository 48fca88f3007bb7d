import { DistillError } from "../lib/errors.ts";
import type { DirectoryNode, Node } from "./node.ts";
import { componentsOf, displayPath, MAX_PATH, ROOT, type RootPath } from "./path.ts";
import { walkInOrder } from "./walk.ts";

/** Symbolic links that a path may lead through (Linux: MAXSYMLINKS). */
const MAX_LINKS = 40;

/** What a path leads to once symbolic links are followed inside the root. */
export interface Resolved {
  /** Where the entry really lies. */
  readonly path: RootPath;
  /** Undefined where nothing is there. */
  readonly node: Node | undefined;
}

/**
 * An immutable root file system. A changed tree (tree-editor.ts) shares what did not change with the one it came from,
 * so a tree is cheap to keep and two trees are cheap to compare.
 */
export class Tree {
  readonly root: DirectoryNode;

  constructor(root: DirectoryNode) {
    this.root = root;
  }

  /** The entry at exactly `path`, links not followed; undefined where there is none. */
  get(path: RootPath): Node | undefined {
    let node: Node = this.root;
    for (const name of componentsOf(path)) {
      if (node.type !== "directory") return undefined;
      const child = node.children.get(name);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  /** The entry that `path` leads to with all links followed inside the root; see resolveIn. */
  follow(path: RootPath): Resolved {
    return resolveIn(this.root, componentsOf(path), true);
  }

  /** As follow, but a link in the last component is the result itself. */
  followParents(path: RootPath): Resolved {
    return resolveIn(this.root, componentsOf(path), false);
  }

  /**
   * The entry at a path as a program would give it to the kernel in a chroot (bytes as latin1; "..", doubled slashes and
   * overlong names are allowed); undefined where opening it would fail. Unlike follow, this never throws.
   */
  find(path: string): { readonly path: RootPath; readonly node: Node } | undefined {
    if (path.length > MAX_PATH) return undefined;
    const { resolved } = walk(this.root, path.split("/"), true);
    return resolved?.node === undefined ? undefined : { path: resolved.path, node: resolved.node };
  }

  /** How many entries are no directories. */
  countFiles(): number {
    return countIn(this.root);
  }

  /** Every entry but the root, in byte order of its path. Nothing is gathered: it can be as many as there are. */
  entries(): Generator<readonly [RootPath, Node]> {
    return walkInOrder(ROOT, this.root);
  }
}

/**
 * Follows components from `root` as the kernel does in a chroot: absolute targets begin at the root, ".." stops there,
 * a chain of more than 40 links is FORMAT_INVALID. Where a component is missing, or goes on behind something that is no
 * directory, nothing is there, and the path is where the entry would lie (what follows is taken as text).
 */
export function resolveIn(root: DirectoryNode, components: readonly string[], followLast: boolean): Resolved {
  const { resolved, at } = walk(root, components, followLast);
  if (resolved !== undefined) return resolved;
  throw new DistillError("FORMAT_INVALID", `too many symbolic links in a row at ${displayPath(at)}`);
}

/** `resolved` is undefined where there are too many links; `at` says where the walk ended. */
function walk(
  root: DirectoryNode,
  components: readonly string[],
  followLast: boolean,
): { readonly resolved: Resolved | undefined; readonly at: RootPath } {
  const pending = [...components].reverse();
  const trail: { readonly name: string; readonly node: Node }[] = [];
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const here = trail.at(-1)?.node ?? root;
    if (here.type === "directory") {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        trail.pop();
        continue;
      }
    }
    const child = here.type === "directory" ? here.children.get(name) : undefined;
    if (child?.type === "symlink" && (followLast || pending.length > 0)) {
      if (++links > MAX_LINKS) {
        return { resolved: undefined, at: pathOf([...trail.map((step) => step.name), name]) };
      }
      if (child.target.startsWith("/")) trail.length = 0;
      pending.push(...child.target.split("/").reverse());
      continue;
    }
    if (child === undefined) {
      const path = normalized([...trail.map((step) => step.name), name, ...pending.reverse()]);
      return { resolved: { path, node: undefined }, at: path };
    }
    trail.push({ name, node: child });
  }
  const path = pathOf(trail.map((step) => step.name));
  return { resolved: { path, node: trail.at(-1)?.node ?? root }, at: path };
}

function countIn(directory: DirectoryNode): number {
  let sum = 0;
  for (const node of directory.children.values()) sum += node.type === "directory" ? countIn(node) : 1;
  return sum;
}

function normalized(parts: readonly string[]): RootPath {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return pathOf(kept);
}

function pathOf(parts: readonly string[]): RootPath {
  return parts.join("/") as RootPath;
}
