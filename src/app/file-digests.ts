import { createHash } from "node:crypto";
import type { FileDigests } from "../inventory/documents/subject.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { type Content, streamContent } from "../rootfs/content.ts";
import type { Inode } from "../rootfs/node.ts";
import type { RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";

/** The digests of every file of a tree, in byte order of the paths; files with several names are read once. */
export async function fileDigests(tree: Tree, signal?: AbortSignal): Promise<ReadonlyMap<RootPath, FileDigests>> {
  const digests = new Map<RootPath, FileDigests>();
  const linked = new Map<Inode, FileDigests>();
  for (const [path, node] of tree.entries()) {
    if (node.type !== "file") continue;
    throwIfCancelled(signal);
    const known = node.inode && linked.get(node.inode);
    const digest = known ?? (await digestsOf(node.content));
    if (node.inode !== undefined) linked.set(node.inode, digest);
    digests.set(path, digest);
  }
  return digests;
}

async function digestsOf(content: Content): Promise<FileDigests> {
  const hashes = { sha1: createHash("sha1"), sha256: createHash("sha256") };
  for await (const chunk of streamContent(content)) {
    hashes.sha1.update(chunk);
    hashes.sha256.update(chunk);
  }
  return { sha1: hashes.sha1.digest("hex"), sha256: hashes.sha256.digest("hex") };
}
