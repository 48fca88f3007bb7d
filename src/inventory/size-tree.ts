import type { DirectoryNode, Inode, Node } from "../rootfs/node.ts";
import { comparePaths, type RootPath, textOfBytes } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { OwnerKind } from "./coverage.ts";
import type { Inventory, InventoryPackage } from "./inventory.ts";

/** Something that has a size, and what it is made of; bytes of a file with several names count under the first of them. */
export interface SizeNode {
  readonly name: string;
  readonly kind: "directory" | "file" | "package" | "owner";
  readonly bytes: number;
  readonly files: number;
  /** Largest first; empty below the depth that was asked for. */
  readonly children: readonly SizeNode[];
}

/** The directories of an image by size, `depth` levels of them. */
export function sizesByPath(tree: Tree, depth: number): SizeNode {
  return directorySizes("/", tree.root, depth, new Set());
}

/** The owners of an image's files by size, each package for itself; with a depth of 2, their files too. */
export function sizesByOwner(tree: Tree, { owners, packages }: Inventory, depth: number): SizeNode {
  const groups = new Map<number | OwnerKind, { bytes: number; files: SizeNode[] }>();
  const linked = new Set<Inode>();
  for (const [path, node] of tree.entries()) {
    const owner = owners.get(path);
    if (owner === undefined) continue;
    const key = owner.kind === "package" ? owner.package : owner.kind;
    const group = groups.get(key) ?? { bytes: 0, files: [] };
    const bytes = bytesOf(node, linked);
    group.bytes += bytes;
    group.files.push(fileSize(path, bytes));
    groups.set(key, group);
  }
  const children = [...groups].map(([key, { bytes, files }]): SizeNode => {
    const name = typeof key === "number" ? packageName(packages[key]) : key;
    const kind = typeof key === "number" ? "package" : "owner";
    return { name, kind, bytes, files: files.length, children: depth < 2 ? [] : files.sort(bySize) };
  });
  return summed("image", "owner", children.sort(bySize), depth > 0);
}

function packageName(of: InventoryPackage | undefined): string {
  return of === undefined ? "" : `${of.facts.name} ${of.facts.version} (${of.facts.type})`;
}

function directorySizes(name: string, { children }: DirectoryNode, depth: number, linked: Set<Inode>): SizeNode {
  const sizes = [...children]
    .sort(([a], [b]) => comparePaths(a, b))
    .map(([child, node]): SizeNode => {
      const text = textOfBytes(child);
      if (node.type === "directory") return directorySizes(text, node, depth - 1, linked);
      return { name: text, kind: "file", bytes: bytesOf(node, linked), files: 1, children: [] };
    });
  return summed(name, "directory", sizes.sort(bySize), depth > 0);
}

function fileSize(path: RootPath, bytes: number): SizeNode {
  return { name: `/${textOfBytes(path)}`, kind: "file", bytes, files: 1, children: [] };
}

function summed(name: string, kind: SizeNode["kind"], children: readonly SizeNode[], isShown: boolean): SizeNode {
  const bytes = children.reduce((sum, each) => sum + each.bytes, 0);
  const files = children.reduce((sum, each) => sum + each.files, 0);
  return { name, kind, bytes, files, children: isShown ? children : [] };
}

function bytesOf(node: Node, linked: Set<Inode>): number {
  if (node.type !== "file" || (node.inode !== undefined && linked.has(node.inode))) return 0;
  if (node.inode !== undefined) linked.add(node.inode);
  return node.content.size;
}

function bySize(a: SizeNode, b: SizeNode): number {
  return b.bytes - a.bytes || comparePaths(a.name, b.name);
}
