import { createHash } from "node:crypto";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { streamContent } from "../../rootfs/content.ts";
import type { Inode } from "../../rootfs/node.ts";
import type { RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { FileDigests } from "./subject.ts";

/** The digests of every plain file of a tree, which is read whole for it; several names of one file are read once. */
export async function digestFiles(tree: Tree, signal?: AbortSignal): Promise<ReadonlyMap<RootPath, FileDigests>> {
  const digests = new Map<RootPath, FileDigests>();
  const linked = new Map<Inode, FileDigests>();
  for (const [path, node] of tree.entries()) {
    if (node.type !== "file") continue;
    throwIfCancelled(signal);
    const known = node.inode === undefined ? undefined : linked.get(node.inode);
    const found = known ?? (await digestsOf(streamContent(node.content)));
    if (node.inode !== undefined) linked.set(node.inode, found);
    digests.set(path, found);
  }
  return digests;
}

async function digestsOf(content: AsyncIterable<Uint8Array>): Promise<FileDigests> {
  const [sha1, sha256] = [createHash("sha1"), createHash("sha256")];
  for await (const chunk of content) {
    sha1.update(chunk);
    sha256.update(chunk);
  }
  return { sha1: sha1.digest("hex"), sha256: sha256.digest("hex") };
}
