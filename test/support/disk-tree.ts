import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import type { Content } from "../../src/rootfs/content.ts";
import { pathFromBytes } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { TreeEditor } from "../../src/rootfs/tree-editor.ts";
import { attributes, directoryNode, emptyTree, symlinkNode } from "./root-trees.ts";

/** What lies on disk below `root` as a tree. `into` says of each directory whether what it holds is wanted. */
export function diskTree(root: string, into: (path: string) => boolean = () => true): Tree {
  const editor = new TreeEditor(emptyTree());
  const visit = (path: string): void => {
    for (const name of readdirSync(Buffer.from(`${root}/${path}`, "latin1"), { encoding: "latin1" })) {
      const at = path === "" ? name : `${path}/${name}`;
      const real = Buffer.from(`${root}/${at}`, "latin1");
      const stats = lstatSync(real);
      const parts = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
      if (stats.isSymbolicLink()) {
        editor.put(pathFromBytes(at), symlinkNode(readlinkSync(real, { encoding: "latin1" }), parts));
      } else if (stats.isDirectory()) {
        editor.put(pathFromBytes(at), directoryNode(parts));
        if (into(at)) visit(at);
      } else if (stats.isFile()) {
        const content = diskContent(real, stats.size);
        editor.put(pathFromBytes(at), { type: "file", attributes: attributes(parts), content, inode: undefined });
      }
    }
  };
  visit("");
  return editor.done();
}

function diskContent(path: Buffer, size: number): Content {
  return {
    size,
    read: async (offset, length) => {
      const file = openSync(path, "r");
      try {
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
        return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
      } finally {
        closeSync(file);
      }
    },
  };
}
