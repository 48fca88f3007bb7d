import type { DirectoryNode, Node } from "../rootfs/node.ts";
import { childOf, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";

/** Where paths of records really lie: links among their directories are followed, in the last name not. Directories are looked up once. */
export class FilePlaces {
  readonly #tree: Tree;
  readonly #directories = new Map<string, { readonly path: RootPath; readonly node: DirectoryNode } | undefined>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** Undefined where nothing is there. */
  find(path: string): { readonly path: RootPath; readonly node: Node } | undefined {
    const slash = path.lastIndexOf("/");
    const directory = this.directory(slash < 0 ? "" : path.slice(0, slash));
    const name = path.slice(slash + 1);
    const node = directory?.node.children.get(name);
    return directory === undefined || node === undefined ? undefined : { path: childOf(directory.path, name), node };
  }

  directory(path: string): { readonly path: RootPath; readonly node: DirectoryNode } | undefined {
    if (this.#directories.has(path)) return this.#directories.get(path);
    const found = this.#tree.find(path);
    const directory = found?.node.type === "directory" ? { path: found.path, node: found.node } : undefined;
    this.#directories.set(path, directory);
    return directory;
  }
}
