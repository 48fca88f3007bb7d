import { DistillError } from "../lib/errors.ts";
import type { Attributes, DirectoryNode, Node } from "./node.ts";
import { childOf, componentsOf, displayPath, MAX_PATH, nameOf, parentOf, ROOT, type RootPath } from "./path.ts";
import { type Resolved, resolveIn, Tree } from "./tree.ts";

/** A directory that this editor made and may therefore change in place. */
interface OwnDirectory {
  readonly type: "directory";
  attributes: Attributes;
  children: Map<string, Node>;
}

/**
 * Makes a changed copy of a tree. Only directories on the way to a change are copied, once each; the tree that it
 * began with never changes. `done()` ends the editing and gives the new tree.
 */
export class TreeEditor {
  #root: OwnDirectory;
  #own = new WeakSet<DirectoryNode>();
  #open = true;

  constructor(base: Tree) {
    this.#root = this.#copy(base.root);
  }

  /** An editor of a tree that holds nothing but a root directory with these attributes. */
  static empty(attributes: Attributes): TreeEditor {
    return new TreeEditor(new Tree({ type: "directory", attributes, children: new Map() }));
  }

  /** The entry at exactly `path`. */
  get(path: RootPath): Node | undefined {
    return new Tree(this.#root).get(path);
  }

  /** `path` with the links in its directory part followed inside the root: where an entry of that name really goes. */
  followParents(path: RootPath): Resolved {
    return resolveIn(this.#root, componentsOf(path), false);
  }

  /** `path` with every link followed inside the root. */
  follow(path: RootPath): Resolved {
    return resolveIn(this.#root, componentsOf(path), true);
  }

  /**
   * Sets the entry at exactly `path`, whose directory must exist. A directory put where one is keeps the children that
   * are there and takes the new attributes (children of `node` are not merged in). Anything else replaces what was
   * there, with all below it.
   */
  put(path: RootPath, node: Node): void {
    if (path === ROOT) {
      if (node.type !== "directory")
        throw new DistillError("FILE_CONFLICT", "the root of an image must be a directory");
      this.#directoryForChange(ROOT, ROOT).attributes = node.attributes;
      return;
    }
    // A path in an archive is bounded, but links can lead each one below the last; trees are walked by recursion.
    if (path.length > MAX_PATH) {
      const start = displayPath(path.slice(0, 200) as RootPath);
      throw new DistillError("FORMAT_INVALID", `a path that begins with ${start} is longer than ${MAX_PATH} bytes`);
    }
    const parent = this.#directoryForChange(parentOf(path), path);
    const name = nameOf(path);
    const present = parent.children.get(name);
    if (node.type === "directory" && present?.type === "directory") {
      parent.children.set(name, this.#adopt({ ...this.#copy(present), attributes: node.attributes }));
    } else {
      parent.children.set(name, node);
    }
  }

  /**
   * Makes `path` a directory with all directories above it; those that exist stay as they are. `attributes` are those of each, or
   * what they are below a directory of these attributes.
   */
  makeDirectories(path: RootPath, attributes: Attributes | ((above: Attributes) => Attributes)): void {
    if (this.get(path)?.type === "directory") return;
    let at = ROOT;
    let above = this.#root.attributes;
    for (const name of componentsOf(path)) {
      at = childOf(at, name);
      const present = this.get(at);
      if (present === undefined) {
        above = typeof attributes === "function" ? attributes(above) : attributes;
        this.put(at, { type: "directory", attributes: above, children: new Map() });
      } else if (present.type !== "directory") {
        throw new DistillError("FILE_CONFLICT", `${displayPath(at)} must be a directory, and is a ${present.type}`);
      } else above = present.attributes;
    }
  }

  /** Removes the entry at exactly `path` with all below it; true if there was one. */
  remove(path: RootPath): boolean {
    if (this.get(path) === undefined) return false;
    return this.#directoryForChange(parentOf(path), path).children.delete(nameOf(path));
  }

  /** The tree as it is now; later changes do not touch it. */
  snapshot(): Tree {
    const tree = new Tree(this.#root);
    this.#own = new WeakSet();
    this.#root = this.#copy(tree.root);
    return tree;
  }

  /** The changed tree. The editor cannot be used afterwards. */
  done(): Tree {
    this.#open = false;
    return new Tree(this.#root);
  }

  #directoryForChange(path: RootPath, wantedBy: RootPath): OwnDirectory {
    if (!this.#open) throw new Error("a TreeEditor was used after done()");
    let directory = this.#root;
    let at = ROOT;
    for (const name of componentsOf(path)) {
      at = childOf(at, name);
      const child = directory.children.get(name);
      if (child?.type !== "directory") {
        const found = child === undefined ? "does not exist" : `is a ${child.type}`;
        throw new DistillError("FILE_CONFLICT", `${displayPath(wantedBy)} cannot be made: ${displayPath(at)} ${found}`);
      }
      directory = this.#ownChild(directory, name, child);
    }
    return directory;
  }

  #ownChild(parent: OwnDirectory, name: string, child: DirectoryNode): OwnDirectory {
    if (this.#isOwn(child)) return child;
    const copy = this.#copy(child);
    parent.children.set(name, copy);
    return copy;
  }

  #isOwn(node: DirectoryNode): node is OwnDirectory {
    return this.#own.has(node);
  }

  #copy(node: DirectoryNode): OwnDirectory {
    return this.#adopt({ type: "directory", attributes: node.attributes, children: new Map(node.children) });
  }

  #adopt(directory: OwnDirectory): OwnDirectory {
    this.#own.add(directory);
    return directory;
  }
}
