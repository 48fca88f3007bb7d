import type { DirectoryNode, Node } from "./node.ts";
import { childOf, type RootPath } from "./path.ts";

/**
 * Everything below a directory, in byte order of the whole paths. That is not the order in which directories nest: `a-b`
 * stands between `a` and `a/b`. What lies below a directory stands together, where its path with a slash stands.
 */
export function* walkInOrder(path: RootPath, directory: DirectoryNode): Generator<readonly [RootPath, Node]> {
  const open: { readonly path: RootPath; readonly directory: DirectoryNode; keys: readonly string[]; at: number }[] =
    [];
  open.push({ path, directory, keys: keysOf(directory), at: 0 });
  for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
    const key = here.keys[here.at++];
    if (key === undefined) {
      open.pop();
    } else if (key.endsWith("/")) {
      const name = key.slice(0, -1);
      const below = here.directory.children.get(name) as DirectoryNode;
      open.push({ path: childOf(here.path, name), directory: below, keys: keysOf(below), at: 0 });
    } else {
      yield [childOf(here.path, key), here.directory.children.get(key) as Node];
    }
  }
}

/** Names in order, and for each directory that holds something a second one with a slash, in its place. */
function keysOf({ children }: DirectoryNode): readonly string[] {
  const keys = [...children.keys()];
  for (const [name, node] of children) if (node.type === "directory" && node.children.size > 0) keys.push(`${name}/`);
  // Without a function to compare, texts are sorted by their code units, which are bytes here.
  return keys.sort();
}
