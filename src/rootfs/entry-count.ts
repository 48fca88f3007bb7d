import { DistillError } from "../lib/errors.ts";
import type { DirectoryNode } from "./node.ts";

/**
 * How many files and directories a root file system, or what is copied into one, may have. Trees share what is equal, so
 * a few steps that copy a tree into itself would make one that nobody could walk through.
 */
export const MAX_ENTRIES = 2_000_000;

const counts = new WeakMap<DirectoryNode, number>();

/** How many entries lie below a directory that nobody changes any more. What trees share is counted once. */
export function countEntries(directory: DirectoryNode): number {
  const known = counts.get(directory);
  if (known !== undefined) return known;
  let sum = directory.children.size;
  for (const node of directory.children.values()) if (node.type === "directory") sum += countEntries(node);
  counts.set(directory, sum);
  return sum;
}

/** LIMIT_EXCEEDED above MAX_ENTRIES. `what`: "the image", the name of a source. */
export function refuseTooManyEntries(count: number, what: string): void {
  if (count <= MAX_ENTRIES) return;
  throw new DistillError("LIMIT_EXCEEDED", `${what} would have more than ${MAX_ENTRIES} files and directories`, {
    hint: "copy the directories that are needed only, or leave files out in .dockerignore",
  });
}
