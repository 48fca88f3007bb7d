import type { DirectoryNode, Inode, Node } from "../../rootfs/node.ts";
import type { RootPath } from "../../rootfs/path.ts";
import { walkInOrder } from "../../rootfs/walk.ts";
import type { Share } from "../coverage.ts";
import type { FileOwner } from "../file-owners.ts";

/** What one owner has in a directory. */
export interface OwnerShare extends Share {
  readonly owner: FileOwner;
  /** Number of the layer of the first of its files. */
  readonly layer: number;
}

/**
 * The owners of all that lies below a directory, largest first; bytes of a file with several names count once. What one step took from
 * one place stands together, with the directory that all of it was in.
 */
export function sharesBelow(
  path: RootPath,
  directory: DirectoryNode,
  owners: ReadonlyMap<RootPath, FileOwner>,
  layerOf: (node: Node) => number,
): readonly OwnerShare[] {
  const shares = new Map<string, { files: number; bytes: number; owner: FileOwner; layer: number }>();
  const linked = new Set<Inode>();
  for (const [at, node] of walkInOrder(path, directory)) {
    const owner = owners.get(at);
    if (owner === undefined) continue;
    const layer = layerOf(node);
    const key = keyOf(owner, layer);
    const share = shares.get(key) ?? { files: 0, bytes: 0, owner, layer };
    share.owner = common(share.owner, owner);
    share.files++;
    if (node.type === "file" && (node.inode === undefined || !linked.has(node.inode))) share.bytes += node.content.size;
    if (node.type === "file" && node.inode !== undefined) linked.add(node.inode);
    shares.set(key, share);
  }
  return [...shares.values()].sort((a, b) => b.bytes - a.bytes);
}

function keyOf(owner: FileOwner, layer: number): string {
  switch (owner.kind) {
    case "package":
      return `package ${owner.package}`;
    case "step":
      return `step ${layer} ${owner.move?.origin ?? ""}`;
    case "base":
      return `base ${layer} ${owner.piece ?? ""}`;
    default:
      return `${owner.kind} ${layer}`;
  }
}

/** What is said of two files with the same key. */
function common(a: FileOwner, b: FileOwner): FileOwner {
  if (a.kind === "app" && b.kind === "app") return { ...a, from: commonPath(a.from, b.from) };
  if (a.kind !== "step" || b.kind !== "step" || a.move === undefined || b.move === undefined) return a;
  return a.move === b.move ? a : { ...a, move: { ...a.move, from: commonPath(a.move.from, b.move.from) } };
}

function commonPath(a: string, b: string): string {
  if (a === b) return a;
  const [parts, others] = [a.split("/"), b.split("/")];
  const differs = parts.findIndex((part, index) => part !== others[index]);
  return parts.slice(0, differs < 0 ? parts.length : differs).join("/") || "/";
}
