import type { FileOwner } from "../inventory/file-owners.ts";
import type { OwnerKind } from "../inventory/inventory.ts";
import { comparePaths, pathFromBytes, type RootPath } from "../rootfs/path.ts";
import { whiteoutMeaning } from "../rootfs/whiteout.ts";
import type { LookedInto } from "./look-into.ts";

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
export async function filesOf(image: LookedInto, kind: OwnerKind): Promise<readonly ListedFile[]> {
  const { layers } = image;
  const [tree, inventory] = [await image.tree(), await image.inventory()];
  const numbers = new Map(layers.map(({ diffID }, index) => [diffID, index]));
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

/** What layers ship and later ones remove or replace, largest first. */
export async function deadFiles({ tree: treeOf, layers }: LookedInto): Promise<readonly ListedFile[]> {
  const tree = await treeOf();
  const dead: ListedFile[] = [];
  for (const [layer, { diffID, source }] of layers.entries()) {
    for await (const { header } of (await source()).members()) {
      if (header.type !== "file" || header.size === 0 || whiteoutMeaning(header.path).kind !== "none") continue;
      const path = pathFromBytes(header.path);
      const owner = tree.find(path)?.node.attributes.owner;
      if (owner?.kind === "base" && owner.digest === diffID) continue;
      dead.push({ path, bytes: header.size, layer, owner: undefined });
    }
  }
  return dead.sort(bySize);
}

function bySize(a: ListedFile, b: ListedFile): number {
  return b.bytes - a.bytes || comparePaths(a.path, b.path);
}
