import type { TarMember } from "../formats/tar/cursor.ts";
import { seekTar } from "../formats/tar/seek.ts";
import type { BackingFile, Content } from "./content.ts";
import { Attributer } from "./node.ts";
import type { Owner } from "./owner.ts";
import { childOf, parentOf, pathFromBytes, ROOT, type RootPath } from "./path.ts";
import { nodeFromTar } from "./tar-entries.ts";
import type { Tree } from "./tree.ts";
import { TreeEditor } from "./tree-editor.ts";
import { isBookkeeping, whiteoutMeaning } from "./whiteout.ts";

/** A layer of which the entries are known, and contents can be had. */
export interface LayerSource {
  /** For messages. */
  readonly path: string;
  members(): AsyncIterable<TarMember>;
  /** The content at `size` bytes from `offset` of the uncompressed layer. */
  range(offset: number, size: number): Content;
}

/** A layer that lies uncompressed in a file. */
export function layerSource(file: BackingFile): LayerSource {
  return {
    path: file.path,
    members: async function* () {
      yield* seekTar(await file.handle(), { archive: `layer ${file.path}` });
    },
    range: (offset, size) => file.range(offset, size),
  };
}

/**
 * `lower` with an uncompressed layer applied (image-spec, layer.md, "Applying Changesets"). Contents are ranges of
 * `layer`, which must stay open as long as the tree is read. Paths, those of whiteouts too, follow the links that are
 * there, inside the root. Whiteouts act on `lower` only, whatever their place in the layer. Missing parent directories
 * are made with mode 0755, owned by root.
 */
export async function applyLayer(lower: Tree, layer: BackingFile | LayerSource, owner: Owner): Promise<Tree> {
  const attributer = new Attributer();
  const editor = new TreeEditor(lower);
  const written = new Set<RootPath>();
  const implied = attributer.of({ mode: 0o755, owner });
  const members =
    "members" in layer ? layer.members() : seekTar(await layer.handle(), { archive: `layer ${layer.path}` });
  for await (const { header, offset } of members) {
    const meaning = whiteoutMeaning(header.path);
    if (meaning.kind === "removes") {
      removeUnwritten(editor, editor.followParents(meaning.path).path, written);
    } else if (meaning.kind === "opaque") {
      emptyDirectory(editor, editor.follow(meaning.directory).path, written);
    } else {
      const { path } = editor.followParents(pathFromBytes(header.path));
      const node = nodeFromTar(header, () => layer.range(offset, header.size), owner, attributer, {
        find: (target) => editor.followParents(target).node,
        share: (target, shared) => editor.put(editor.followParents(target).path, shared),
      });
      editor.makeDirectories(parentOf(path), implied);
      editor.put(path, node);
      for (let at = path; at !== ROOT && !written.has(at); at = parentOf(at)) written.add(at);
    }
  }
  // Not skipped as they come: hard links may lead there.
  for (const name of [...lookUpNames(editor)].filter(isBookkeeping)) editor.remove(childOf(ROOT, name));
  return editor.done();
}

function lookUpNames(editor: TreeEditor): Iterable<string> {
  const root = editor.get(ROOT);
  return root?.type === "directory" ? root.children.keys() : [];
}

function emptyDirectory(editor: TreeEditor, directory: RootPath, written: ReadonlySet<RootPath>): void {
  const node = editor.get(directory);
  if (node?.type !== "directory") return;
  for (const name of [...node.children.keys()]) removeUnwritten(editor, childOf(directory, name), written);
}

/** Removes what lies at `path` but for what this layer itself has put there. */
function removeUnwritten(editor: TreeEditor, path: RootPath, written: ReadonlySet<RootPath>): void {
  if (!written.has(path)) {
    editor.remove(path);
    return;
  }
  emptyDirectory(editor, path, written);
}
