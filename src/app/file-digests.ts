import { throwIfCancelled } from "../lib/cancel.ts";
import type { Digest } from "../lib/digest.ts";
import { digestOfContent } from "../rootfs/content.ts";
import type { Inode } from "../rootfs/node.ts";
import type { RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";

/** SHA-256 of every file of a tree, in byte order of the paths; files with several names are read once. */
export async function fileDigests(tree: Tree, signal?: AbortSignal): Promise<ReadonlyMap<RootPath, Digest>> {
  const digests = new Map<RootPath, Digest>();
  const linked = new Map<Inode, Digest>();
  for (const [path, node] of tree.entries()) {
    if (node.type !== "file") continue;
    throwIfCancelled(signal);
    const known = node.inode && linked.get(node.inode);
    const digest = known ?? (await digestOfContent(node.content));
    if (node.inode !== undefined) linked.set(node.inode, digest);
    digests.set(path, digest);
  }
  return digests;
}
