import type { Digest } from "../lib/digest.ts";
import type { Inode } from "../rootfs/node.ts";
import type { RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { FileOwner } from "./file-owners.ts";

export type OwnerKind = FileOwner["kind"];

export interface Share {
  readonly files: number;
  readonly bytes: number;
}

/** Whose the files of an image are. */
export type Coverage = Readonly<Record<OwnerKind, Share>>;

export interface Measured {
  readonly ofPackages: ReadonlyMap<number, Share>;
  readonly coverage: Coverage;
  /** Bytes that are seen of each layer. */
  readonly live: ReadonlyMap<Digest, number>;
}

/** Adds up the files of an image by their owners and by the layers that they are of. */
export function measure(tree: Tree, owners: ReadonlyMap<RootPath, FileOwner>): Measured {
  const ofPackages = new Map<number, { files: number; bytes: number }>();
  const zero = () => ({ files: 0, bytes: 0 });
  const coverage = { package: zero(), app: zero(), step: zero(), base: zero(), nobody: zero() };
  const live = new Map<Digest, number>();
  const linked = new Set<Inode>();
  for (const [path, node] of tree.entries()) {
    const owner = owners.get(path);
    if (node.type === "directory" || owner === undefined) continue;
    const isFirst = node.type === "file" && (node.inode === undefined || !linked.has(node.inode));
    if (node.type === "file" && node.inode !== undefined) linked.add(node.inode);
    const bytes = node.type === "file" && isFirst ? node.content.size : 0;
    coverage[owner.kind].files++;
    coverage[owner.kind].bytes += bytes;
    const { owner: layer } = node.attributes;
    if (layer.kind === "base") live.set(layer.digest, (live.get(layer.digest) ?? 0) + bytes);
    if (owner.kind !== "package") continue;
    const share = ofPackages.get(owner.package) ?? zero();
    share.files++;
    share.bytes += bytes;
    ofPackages.set(owner.package, share);
  }
  return { ofPackages, coverage, live };
}
