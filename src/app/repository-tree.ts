import type { Checkout } from "../lib/git/checkout.ts";
import type { Content } from "../rootfs/content.ts";
import type { Attributes, DirectoryNode, Node, Xattrs } from "../rootfs/node.ts";
import type { Owner } from "../rootfs/owner.ts";
import { nameOf, parentOf, pathFromBytes, ROOT, type RootPath, textOfBytes } from "../rootfs/path.ts";
import { Tree } from "../rootfs/tree.ts";

/** What BuildKit's checkouts have, which run under umask 022; git itself keeps one bit of a file's mode. */
const [DIRECTORY, FILE, EXECUTABLE, SYMLINK] = [0o755, 0o644, 0o755, 0o777] as const;

const NO_XATTRS: Xattrs = new Map();

type Files = Extract<Checkout["entries"][number], { type: "file" }>;

/**
 * A checkout as a tree that belongs to 0:0. Times are that of the commit, since git keeps none and the time of a checkout
 * would be another one in each build. A submodule is the directory of its files.
 */
export function repositoryTree(
  { entries, time }: Pick<Checkout, "entries" | "time">,
  contentOf: (file: Files) => Content,
): Tree {
  // Each entry has an owner of its own, so that attributes are not shared.
  const owned = (mode: number, path: RootPath): Attributes => {
    const owner: Owner = { kind: "context", path: textOfBytes(path) };
    return { mode, uid: 0, gid: 0, mtime: time, xattrs: NO_XATTRS, owner };
  };
  const directories = new Map<RootPath, Map<string, Node>>();
  const directory = (path: RootPath): DirectoryNode => {
    const children = new Map<string, Node>();
    directories.set(path, children);
    return { type: "directory", attributes: owned(DIRECTORY, path), children };
  };
  const root = directory(ROOT);
  for (const entry of entries) {
    const path = pathFromBytes(entry.path);
    const node = (): Node => {
      switch (entry.type) {
        case "directory":
        case "submodule":
          return directory(path);
        case "symlink":
          return { type: "symlink", attributes: owned(SYMLINK, path), target: entry.target };
        case "file": {
          const mode = entry.executable ? EXECUTABLE : FILE;
          return { type: "file", attributes: owned(mode, path), content: contentOf(entry), inode: undefined };
        }
      }
    };
    directories.get(parentOf(path))?.set(nameOf(path), node());
  }
  return new Tree(root);
}
