import { type DirectoryNode, type FileNode, type Inode, type Node, sameEntry } from "./node.ts";
import { childOf, comparePaths, parentOf, ROOT, type RootPath } from "./path.ts";
import type { Tree } from "./tree.ts";

/** One line of a layer: an entry that is there in this form, or (node undefined) a path that is gone. */
export interface Change {
  readonly path: RootPath;
  readonly node: Node | undefined;
}

type Changes = Map<RootPath, Node | undefined>;

/** What counts as a change. */
export interface DiffOptions {
  /** Whose times count: those of all entries, of all but directories, or of none. */
  readonly times?: "all" | "files" | "none";
  /** Asked of two files that agree in all else: whether their contents are the same although they are two. */
  sameContent?(before: FileNode, now: FileNode): boolean;
}

/**
 * The layer that turns `lower` into `upper`, in byte order of the paths, each path once. A removed directory is one
 * change; what lay below it is not listed. Besides what is new or different it holds what else a layer must carry:
 * the directories above every change, and all names of a hard-linked file of which one is new. The root itself is never
 * listed. Empty where nothing changed.
 */
export function diffTrees(lower: Tree, upper: Tree, options: DiffOptions = {}): readonly Change[] {
  const changes: Changes = new Map();
  diffDirectory(ROOT, lower.root, upper.root, changes, options);
  addLinks(upper, changes);
  addParents(upper, changes);
  return Array.from(changes, ([path, node]) => ({ path, node })).sort((a, b) => comparePaths(a.path, b.path));
}

/** Everything in `tree` as changes against nothing. */
export function wholeTree(tree: Tree): readonly Change[] {
  return Array.from(tree.entries(), ([path, node]) => ({ path, node }));
}

function diffDirectory(
  path: RootPath,
  lower: DirectoryNode,
  upper: DirectoryNode,
  changes: Changes,
  options: DiffOptions,
): void {
  if (lower === upper || lower.children === upper.children) return;
  for (const [name, node] of upper.children) {
    const at = childOf(path, name);
    const before = lower.children.get(name);
    if (before === node) continue;
    if (before === undefined || !isSame(before, node, options)) changes.set(at, node);
    if (node.type !== "directory") continue;
    if (before?.type === "directory") diffDirectory(at, before, node, changes, options);
    else listBelow(at, node, changes);
  }
  for (const name of lower.children.keys()) {
    if (!upper.children.has(name)) changes.set(childOf(path, name), undefined);
  }
}

function isSame(before: Node, now: Node, { times = "all", sameContent }: DiffOptions): boolean {
  const timesCount = times === "all" || (times === "files" && now.type !== "directory");
  const timed = timesCount ? now : withTimeOf(now, before);
  if (sameEntry(before, timed)) return true;
  if (sameContent === undefined || before.type !== "file" || timed.type !== "file") return false;
  return sameEntry({ ...before, content: timed.content }, timed) && sameContent(before, timed);
}

function withTimeOf(node: Node, { attributes: { mtime } }: Node): Node {
  return node.attributes.mtime === mtime ? node : { ...node, attributes: { ...node.attributes, mtime } };
}

function listBelow(path: RootPath, directory: DirectoryNode, changes: Changes): void {
  for (const [name, node] of directory.children) {
    const at = childOf(path, name);
    changes.set(at, node);
    if (node.type === "directory") listBelow(at, node, changes);
  }
}

/**
 * A link cannot lead into a lower layer: docker's overlay2 and containers-storage unpack each layer on its own, where
 * the file is not. So the whole group is written again.
 */
function addLinks(upper: Tree, changes: Changes): void {
  const inodes = new Set<Inode | undefined>();
  for (const node of changes.values()) if (node?.type === "file") inodes.add(node.inode);
  inodes.delete(undefined);
  if (inodes.size === 0) return;
  for (const [path, node] of upper.entries()) {
    if (node.type === "file" && inodes.has(node.inode)) changes.set(path, node);
  }
}

/**
 * Where a layer is unpacked on its own, a directory that it does not list is made anew as root's with mode 0755, and
 * then hides the attributes of the lower one: /tmp would lose its sticky bit.
 */
function addParents(upper: Tree, changes: Changes): void {
  for (const path of [...changes.keys()]) {
    for (let at = parentOf(path); at !== ROOT && !changes.has(at); at = parentOf(at)) changes.set(at, upper.get(at));
  }
}
