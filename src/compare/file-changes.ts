import { throwIfCancelled } from "../lib/cancel.ts";
import { sameContent } from "../rootfs/content.ts";
import type { Attributes, DirectoryNode, Node, Xattrs } from "../rootfs/node.ts";
import { childOf, comparePaths, displayPath, ROOT, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";

/** A file that is in one image only; bytes. */
export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

/** A file that is in both, and differs; times do not count. */
export interface ChangedFile {
  readonly path: string;
  readonly before: number;
  readonly after: number;
  readonly what: readonly FileAspect[];
}

export type FileAspect = "type" | "content" | "mode" | "owner" | "attributes";

/** Files of one fate: how many, how many bytes, and the largest of them, largest first. */
export interface FileGroup {
  readonly count: number;
  readonly bytes: number;
  readonly biggest: readonly SizedFile[];
}

/** What happened to the entries that are no directories. */
export interface FileChanges {
  readonly added: FileGroup;
  readonly removed: FileGroup;
  readonly changed: { readonly count: number; readonly biggest: readonly ChangedFile[] };
  readonly unchanged: number;
}

/** Files that are named in each group. */
const NAMED = 20;

/** Pairs of entries between two looks at whether the user has had enough. */
const TURN = 1000;

type Pair = readonly [RootPath, Node | undefined, Node | undefined];

/**
 * Compares two root file systems path by path. Contents of the same size are read where nothing else tells whether they
 * are the same. Every name of a hard-linked file counts, and its bytes with each.
 */
export async function compareFiles(a: Tree, b: Tree, signal?: AbortSignal): Promise<FileChanges> {
  const added = new Group();
  const removed = new Group();
  const changed = new Largest<ChangedFile>(({ before, after }) => Math.max(before, after));
  let unchanged = 0;
  let turn = 0;
  for (const [path, before, after] of pairsOf(a.root, b.root)) {
    if (++turn % TURN === 0) throwIfCancelled(signal);
    if (before === undefined) added.add(path, after);
    else if (after === undefined) removed.add(path, before);
    else {
      const what = await differences(before, after);
      if (what.length === 0) unchanged++;
      else changed.add({ path: displayPath(path), before: sizeOf(before), after: sizeOf(after), what });
    }
  }
  return {
    added: added.done(),
    removed: removed.done(),
    changed: { count: changed.count, biggest: changed.done() },
    unchanged,
  };
}

/** Every path at which one of both has something other than a directory; what is a directory in the other is nothing there. */
function* pairsOf(a: DirectoryNode, b: DirectoryNode): Generator<Pair> {
  const open: (readonly [RootPath, DirectoryNode | undefined, DirectoryNode | undefined])[] = [[ROOT, a, b]];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const [path, before, after] = here;
    const names = new Set([...(before?.children.keys() ?? []), ...(after?.children.keys() ?? [])]);
    for (const name of names) {
      const [old, now] = [before?.children.get(name), after?.children.get(name)];
      const at = childOf(path, name);
      const oldDirectory = old?.type === "directory" ? old : undefined;
      const nowDirectory = now?.type === "directory" ? now : undefined;
      if (oldDirectory !== undefined || nowDirectory !== undefined) open.push([at, oldDirectory, nowDirectory]);
      const oldFile = oldDirectory === undefined ? old : undefined;
      const nowFile = nowDirectory === undefined ? now : undefined;
      if (oldFile !== undefined || nowFile !== undefined) yield [at, oldFile, nowFile];
    }
  }
}

async function differences(before: Node, after: Node): Promise<readonly FileAspect[]> {
  if (before === after) return [];
  const attributes = attributeChanges(before.attributes, after.attributes);
  if (before.type !== after.type) return ["type", ...attributes];
  return (await sameData(before, after)) ? attributes : ["content", ...attributes];
}

async function sameData(before: Node, after: Node): Promise<boolean> {
  if (before.type === "file" && after.type === "file") return sameContent(before.content, after.content);
  if (before.type === "symlink" && after.type === "symlink") return before.target === after.target;
  if ("major" in before && "major" in after) return before.major === after.major && before.minor === after.minor;
  return true;
}

function attributeChanges(before: Attributes, after: Attributes): readonly FileAspect[] {
  return [
    ...(before.mode === after.mode ? [] : (["mode"] as const)),
    ...(before.uid === after.uid && before.gid === after.gid ? [] : (["owner"] as const)),
    ...(sameXattrs(before.xattrs, after.xattrs) ? [] : (["attributes"] as const)),
  ];
}

function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  return a.entries().every(([name, value]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(value, other) === 0;
  });
}

function sizeOf(node: Node | undefined): number {
  return node?.type === "file" ? node.content.size : 0;
}

class Group {
  readonly #largest = new Largest<SizedFile>(({ size }) => size);
  #bytes = 0;

  add(path: RootPath, node: Node | undefined): void {
    const size = sizeOf(node);
    this.#bytes += size;
    this.#largest.add({ path: displayPath(path), size });
  }

  done(): FileGroup {
    return { count: this.#largest.count, bytes: this.#bytes, biggest: this.#largest.done() };
  }
}

/** The largest few of many, by size and then by path; the others are only counted. */
class Largest<T extends { readonly path: string }> {
  readonly #size: (item: T) => number;
  #kept: T[] = [];
  count = 0;

  constructor(size: (item: T) => number) {
    this.#size = size;
  }

  add(item: T): void {
    this.count++;
    this.#kept.push(item);
    if (this.#kept.length >= NAMED * 20) this.#kept = this.#largest();
  }

  done(): readonly T[] {
    return this.#largest();
  }

  #largest(): T[] {
    const size = this.#size;
    return this.#kept.sort((a, b) => size(b) - size(a) || comparePaths(a.path, b.path)).slice(0, NAMED);
  }
}
