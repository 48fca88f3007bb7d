import { type DirectoryNode, type Node, sameEntry } from "./node.ts";
import { childOf, comparePaths, ROOT, type RootPath } from "./path.ts";
import type { Tree } from "./tree.ts";

/** One line of a layer: an entry that is new or different, or (node undefined) a path that is gone. */
export interface Change {
  readonly path: RootPath;
  readonly node: Node | undefined;
}

/**
 * What turns `lower` into `upper`, in byte order of the paths, each path once. A directory appears only when it is new
 * or its own attributes changed. A removed directory is one change; what lay below it is not listed.
 */
export function diffTrees(lower: Tree, upper: Tree): readonly Change[] {
  const changes: Change[] = [];
  diffDirectory(ROOT, lower.root, upper.root, changes);
  return changes.sort((a, b) => comparePaths(a.path, b.path));
}

/** Everything in `tree` as changes against nothing. */
export function wholeTree(tree: Tree): readonly Change[] {
  return Array.from(tree.entries(), ([path, node]) => ({ path, node }));
}

function diffDirectory(path: RootPath, lower: DirectoryNode, upper: DirectoryNode, changes: Change[]): void {
  if (lower === upper || lower.children === upper.children) return;
  for (const [name, node] of upper.children) {
    const at = childOf(path, name);
    const before = lower.children.get(name);
    if (before === node) continue;
    if (before === undefined || !sameEntry(before, node)) changes.push({ path: at, node });
    if (node.type !== "directory") continue;
    if (before?.type === "directory") diffDirectory(at, before, node, changes);
    else listBelow(at, node, changes);
  }
  for (const name of lower.children.keys()) {
    if (!upper.children.has(name)) changes.push({ path: childOf(path, name), node: undefined });
  }
}

function listBelow(path: RootPath, directory: DirectoryNode, changes: Change[]): void {
  for (const [name, node] of directory.children) {
    const at = childOf(path, name);
    changes.push({ path: at, node });
    if (node.type === "directory") listBelow(at, node, changes);
  }
}
