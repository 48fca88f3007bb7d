import { sameContent } from "../../rootfs/content.ts";
import { type Change, changesBetween, type DiffOptions } from "../../rootfs/diff.ts";
import type { FileNode } from "../../rootfs/node.ts";
import type { Tree } from "../../rootfs/tree.ts";

/**
 * What a layer has to hold that leads from one tree to another: a file that was replaced by the same one is no change,
 * whoever holds its bytes (BuildKit compares the same way). Contents are read where nothing else tells them apart.
 */
export async function layerChanges(lower: Tree, upper: Tree, times: DiffOptions["times"]): Promise<Iterable<Change>> {
  const suspects = new Map<FileNode["content"], FileNode["content"]>();
  const note = (before: FileNode, now: FileNode): boolean => {
    if (before.content.size === now.content.size) suspects.set(now.content, before.content);
    return false;
  };
  const changes = changesBetween(lower, upper, { times: times ?? "all", sameContent: note });
  const same = new Set<FileNode["content"]>();
  for (const [now, before] of suspects) if (await sameContent(before, now)) same.add(now);
  if (same.size === 0) return changes;
  const isKnown = (_before: FileNode, now: FileNode): boolean => same.has(now.content);
  return changesBetween(lower, upper, { times: times ?? "all", sameContent: isKnown });
}
