import type { Digest } from "../lib/digest.ts";
import type { LayerSource } from "../rootfs/layer-reader.ts";
import { comparePaths, pathFromBytes, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { whiteoutMeaning } from "../rootfs/whiteout.ts";
import type { OwnerKind } from "./coverage.ts";
import type { FileOwner } from "./file-owners.ts";
import type { Inventory } from "./inventory.ts";

/** A file of an image, and who answers for it. */
export interface ListedFile {
  readonly path: RootPath;
  readonly bytes: number;
  /** Number of its layer. */
  readonly layer: number;
  /** Undefined for what is not seen. */
  readonly owner: FileOwner | undefined;
}

/** The files of one kind of owner, largest first. */
export function filesOf(tree: Tree, inventory: Inventory, kind: OwnerKind): readonly ListedFile[] {
  const numbers = new Map(inventory.layers.map(({ diffID }, index) => [diffID, index]));
  const files: ListedFile[] = [];
  for (const [path, node] of tree.entries()) {
    const owner = inventory.owners.get(path);
    if (owner?.kind !== kind) continue;
    const { owner: from } = node.attributes;
    const layer = from.kind === "base" ? (numbers.get(from.digest) ?? 0) : 0;
    files.push({ path, bytes: node.type === "file" ? node.content.size : 0, layer, owner });
  }
  return files.sort(bySize);
}

/**
 * What layers ship and nobody sees, by no name, largest first. Contents of `tree` and of `layers` have identities that tell the place
 * in the layer.
 */
export async function deadFiles(
  tree: Tree,
  layers: readonly { readonly diffID: Digest; source(): Promise<LayerSource> }[],
): Promise<readonly ListedFile[]> {
  const seen = new Set<string>();
  for (const [, node] of tree.entries()) {
    const identity = node.type === "file" ? node.content.identity?.() : undefined;
    if (identity !== undefined) seen.add(identity);
  }
  const dead: ListedFile[] = [];
  const diffIDs = layers.map(({ diffID }) => diffID);
  for (const [layer, { diffID, source }] of layers.entries()) {
    // Of the same layer twice, the upper one is what is seen.
    const isSeen = diffIDs.lastIndexOf(diffID) === layer;
    const read = await source();
    for await (const { header, offset } of read.members()) {
      if (header.type !== "file" || header.size === 0 || whiteoutMeaning(header.path).kind !== "none") continue;
      const identity = read.range(offset, header.size).identity?.();
      if (isSeen && identity !== undefined && seen.has(identity)) continue;
      dead.push({ path: pathFromBytes(header.path), bytes: header.size, layer, owner: undefined });
    }
  }
  return dead.sort(bySize);
}

function bySize(a: ListedFile, b: ListedFile): number {
  return b.bytes - a.bytes || comparePaths(a.path, b.path);
}
