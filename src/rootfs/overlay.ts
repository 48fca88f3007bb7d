import type { DirectoryNode, Node } from "./node.ts";
import { childOf, ROOT, type RootPath } from "./path.ts";
import type { Tree } from "./tree.ts";
import { TreeEditor } from "./tree-editor.ts";

/** The tree that `lower` is with everything of `upper` laid over it, as layers are: a directory takes the upper one's attributes. */
export function overlay(lower: Tree, upper: Tree): Tree {
  const editor = new TreeEditor(lower);
  lay(editor, ROOT, upper.root);
  return editor.done();
}

function lay(editor: TreeEditor, path: RootPath, directory: DirectoryNode): void {
  for (const [name, node] of directory.children) {
    const at = childOf(path, name);
    const below = editor.get(at);
    editor.put(at, node);
    if (goesInto(node, below)) lay(editor, at, node);
  }
}

/** An editor keeps the children of a directory that is there, and takes those of one that is new. */
function goesInto(node: Node, below: Node | undefined): node is DirectoryNode {
  return node.type === "directory" && below?.type === "directory";
}
