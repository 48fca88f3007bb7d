import { type DirectoryNode, type FileNode, type Inode, type Node, sameEntry } from "./node.ts";
import { childOf, parentOf, ROOT, type RootPath } from "./path.ts";
import type { Tree } from "./tree.ts";
import { walkInOrder } from "./walk.ts";

/** One line of a layer: an entry that is there in this form, or (node undefined) a path that is gone. */
export interface Change {
  readonly path: RootPath;
  readonly node: Node | undefined;
}

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
  return [...changesBetween(lower, upper, options)];
}

/** As diffTrees, for what may be large: what lies in a new directory is listed while it is asked for. */
export function changesBetween(lower: Tree, upper: Tree, options: DiffOptions = {}): Iterable<Change> {
  const changes = new Changes();
  diffDirectory(ROOT, lower.root, upper.root, changes, options);
  addLinks(upper, changes);
  addParents(upper, changes);
  return changes;
}

/** Everything in `tree` as changes against nothing. */
export function wholeTree(tree: Tree): Iterable<Change> {
  const changes = new Changes();
  changes.addBelow(ROOT, tree.root);
  return changes;
}

/** Changes by path. Those below a new directory are one, whatever it holds. */
class Changes implements Iterable<Change> {
  readonly #single = new Map<RootPath, Node | undefined>();
  readonly #whole = new Map<RootPath, DirectoryNode>();

  has(path: RootPath): boolean {
    return this.#single.has(path);
  }

  set(path: RootPath, node: Node | undefined): void {
    this.#single.set(path, node);
  }

  /** Everything below a directory, which is not set by itself. */
  addBelow(path: RootPath, directory: DirectoryNode): void {
    this.#whole.set(path, directory);
  }

  holdsBelow(path: RootPath): boolean {
    return this.#whole.has(path);
  }

  /** Paths with something listed at them. */
  paths(): readonly RootPath[] {
    return [...this.#single.keys()];
  }

  /** Inodes of hard-linked files among all of them. */
  inodes(): ReadonlySet<Inode> {
    const inodes = new Set<Inode>();
    for (const node of this.#single.values()) if (node?.type === "file" && node.inode) inodes.add(node.inode);
    for (const directory of this.#whole.values()) addInodes(directory, inodes);
    return inodes;
  }

  *[Symbol.iterator](): Generator<Change> {
    // What lies below a directory stands where its path with a slash stands (walkInOrder).
    const keys = [...this.#single.keys(), ...Array.from(this.#whole.keys(), (path) => `${path}/`)].sort();
    for (const key of keys) {
      const path = key as RootPath;
      if (!key.endsWith("/")) {
        yield { path, node: this.#single.get(path) };
        continue;
      }
      const directory = this.#whole.get(key.slice(0, -1) as RootPath) as DirectoryNode;
      for (const [at, node] of walkInOrder(key.slice(0, -1) as RootPath, directory)) yield { path: at, node };
    }
  }
}

function addInodes(directory: DirectoryNode, inodes: Set<Inode>): void {
  for (const node of directory.children.values()) {
    if (node.type === "directory") addInodes(node, inodes);
    else if (node.type === "file" && node.inode !== undefined) inodes.add(node.inode);
  }
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
    else changes.addBelow(at, node);
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

/**
 * A link cannot lead into a lower layer: docker's overlay2 and containers-storage unpack each layer on its own, where
 * the file is not. So the whole group is written again.
 */
function addLinks(upper: Tree, changes: Changes): void {
  const inodes = changes.inodes();
  if (inodes.size > 0) addLinksIn(ROOT, upper.root, inodes, changes);
}

function addLinksIn(path: RootPath, directory: DirectoryNode, inodes: ReadonlySet<Inode>, changes: Changes): void {
  if (changes.holdsBelow(path)) return;
  for (const [name, node] of directory.children) {
    if (node.type === "directory") addLinksIn(childOf(path, name), node, inodes, changes);
    else if (node.type === "file" && node.inode !== undefined && inodes.has(node.inode)) {
      changes.set(childOf(path, name), node);
    }
  }
}

/**
 * Where a layer is unpacked on its own, a directory that it does not list is made anew as root's with mode 0755, and
 * then hides the attributes of the lower one: /tmp would lose its sticky bit.
 */
function addParents(upper: Tree, changes: Changes): void {
  for (const path of changes.paths()) {
    for (let at = parentOf(path); at !== ROOT && !changes.has(at); at = parentOf(at)) changes.set(at, upper.get(at));
  }
}
