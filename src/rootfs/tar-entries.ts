import type { TarHeader } from "../formats/tar/header.ts";
import { DistillError } from "../lib/errors.ts";
import type { Content } from "./content.ts";
import type { Attributer, FileNode, Node } from "./node.ts";
import type { Owner } from "./owner.ts";
import { displayPath, pathFromBytes, type RootPath } from "./path.ts";

/**
 * Reads tar headers as nodes. A hard link needs the file that it names, so `find` looks up a path among what the
 * archive (and what it is unpacked onto) has given so far; the file that is found and its links become one Inode, told
 * through `share`.
 */
export function nodeFromTar(
  header: TarHeader,
  content: () => Content,
  owner: Owner,
  attributer: Attributer,
  links: { find(path: RootPath): Node | undefined; share(path: RootPath, file: FileNode): void },
): Node {
  const { mode, uid, gid, mtime, xattrs } = header;
  const attributes = attributer.of({ mode, uid, gid, mtime, xattrs, owner });
  switch (header.type) {
    case "directory":
      return { type: "directory", attributes, children: new Map() };
    case "symlink":
      return { type: "symlink", attributes, target: header.linkname };
    case "file":
      return { type: "file", attributes, content: content(), inode: undefined };
    case "char":
    case "block":
      return { type: header.type, attributes, major: header.devmajor, minor: header.devminor };
    case "fifo":
      return { type: "fifo", attributes };
    case "hardlink":
      return linkedFile(header, links);
  }
}

function linkedFile(
  header: TarHeader,
  links: { find(path: RootPath): Node | undefined; share(path: RootPath, file: FileNode): void },
): FileNode {
  const target = pathFromBytes(header.linkname);
  const file = links.find(target);
  if (file?.type !== "file") {
    const name = displayPath(pathFromBytes(header.path));
    throw new DistillError(
      "FORMAT_INVALID",
      `hard link ${name} leads to ${displayPath(target)}, which is no file of the archive`,
    );
  }
  if (file.inode !== undefined) return file;
  const shared: FileNode = { ...file, inode: {} };
  links.share(target, shared);
  return shared;
}
