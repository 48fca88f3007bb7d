import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BackingFile, bytesContent, type Content } from "../../src/rootfs/content.ts";
import type { Change } from "../../src/rootfs/diff.ts";
import { applyLayer } from "../../src/rootfs/layer-reader.ts";
import { writeLayer } from "../../src/rootfs/layer-writer.ts";
import { Attributer, type Attributes, type Inode, type Node } from "../../src/rootfs/node.ts";
import { UNKNOWN_OWNER } from "../../src/rootfs/owner.ts";
import { parentOf, pathFromBytes, type RootPath } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { TreeEditor } from "../../src/rootfs/tree-editor.ts";
import { collect } from "./bytes.ts";

/** Entries by path (latin1). Text and bytes stand for a file, undefined for a directory. */
export type RootEntries = Readonly<Record<string, Node | string | Uint8Array | undefined>>;

const attributer = new Attributer();

/** Attributes with unremarkable values where `parts` gives none. */
export function attributes(parts: Partial<Attributes> = {}): Attributes {
  return attributer.of({ mode: 0o755, owner: UNKNOWN_OWNER, ...parts });
}

export function fileNode(content: string | Uint8Array, parts: Partial<Attributes> = {}, inode?: Inode): Node {
  const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
  return { type: "file", attributes: attributes({ mode: 0o644, ...parts }), content: bytesContent(bytes), inode };
}

export function directoryNode(parts: Partial<Attributes> = {}): Node {
  return { type: "directory", attributes: attributes(parts), children: new Map() };
}

export function symlinkNode(target: string, parts: Partial<Attributes> = {}): Node {
  return { type: "symlink", attributes: attributes({ mode: 0o777, ...parts }), target };
}

export const emptyTree = (): Tree => TreeEditor.empty(attributes()).done();

/** A tree of these entries; missing parents are made. */
export function treeOf(entries: RootEntries): Tree {
  return changed(emptyTree(), entries);
}

/** `tree` with these entries put into it; null removes. */
export function changed(tree: Tree, entries: Readonly<Record<string, RootEntries[string] | null>>): Tree {
  const editor = new TreeEditor(tree);
  for (const [name, value] of Object.entries(entries)) {
    const path = pathFromBytes(name);
    if (value === null) {
      editor.remove(path);
      continue;
    }
    editor.makeDirectories(parentOf(path), attributes());
    if (value === undefined) editor.put(path, directoryNode());
    else if (typeof value === "string" || value instanceof Uint8Array) editor.put(path, fileNode(value));
    else editor.put(path, value);
  }
  return editor.done();
}

/** Everything of a tree that a layer carries, as comparable values; hard links by the first of their names. */
export async function describeTree(tree: Tree): Promise<Record<string, unknown>> {
  const first = new Map<Inode, RootPath>();
  const names = new Map<Inode, number>();
  for (const [, node] of tree.entries()) {
    if (node.type === "file" && node.inode) names.set(node.inode, (names.get(node.inode) ?? 0) + 1);
  }
  const described: Record<string, unknown> = {};
  for (const [path, node] of tree.entries()) {
    const { owner: _, xattrs, ...plain } = node.attributes;
    const common = { type: node.type, ...plain, xattrs: [...xattrs].map(([key, value]) => [key, [...value]]).sort() };
    if (node.type === "file") {
      const group = node.inode !== undefined && (names.get(node.inode) ?? 0) > 1 ? node.inode : undefined;
      if (group !== undefined && !first.has(group)) first.set(group, path);
      const bytes = Buffer.from(await node.content.read(0, node.content.size)).toString("latin1");
      described[path] = { ...common, bytes, links: group === undefined ? undefined : first.get(group) };
    } else if (node.type === "symlink") {
      described[path] = { ...common, target: node.target };
    } else if (node.type === "char" || node.type === "block") {
      described[path] = { ...common, major: node.major, minor: node.minor };
    } else {
      described[path] = common;
    }
  }
  return described;
}

/** The bytes of a layer that keeps every time. */
export function layerBytes(changes: Iterable<Change>): Promise<Buffer> {
  return collect(writeLayer(changes, { timestamp: "keep" }));
}

/** `lower` with a layer applied that is written to a file in `directory`; contents are held in memory afterwards. */
export async function applied(lower: Tree, layer: Uint8Array, directory: string): Promise<Tree> {
  const path = join(directory, "layer.tar");
  await writeFile(path, layer);
  const file = new BackingFile(path);
  try {
    const tree = await applyLayer(lower, file, UNKNOWN_OWNER);
    const editor = new TreeEditor(tree);
    const kept = new Map<Content, Content>();
    for (const [at, node] of tree.entries()) {
      if (node.type !== "file") continue;
      const content = kept.get(node.content) ?? bytesContent(await node.content.read(0, node.content.size));
      kept.set(node.content, content);
      editor.put(at, { ...node, content });
    }
    return editor.done();
  } finally {
    await file.close();
  }
}
