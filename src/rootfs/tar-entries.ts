import type { TarHeader } from "../formats/tar/header.ts";
import { DistillError } from "../lib/errors.ts";
import type { Content } from "./content.ts";
import type { Attributer, FileNode, Node } from "./node.ts";
import type { Owner } from "./owner.ts";
import { displayPath, MAX_PATH, pathFromBytes, type RootPath } from "./path.ts";

/**
 * Reads a tar header as a node. A hard link needs the file that it names, so `find` looks up a path among what the
 * archive (and what it is unpacked onto) has given so far; the file that is found and its links become one Inode, told
 * through `share`. FORMAT_INVALID for a hard link to nothing or to a directory, and for a symbolic link that no file
 * system could hold.
 */
export function nodeFromTar(
  header: TarHeader,
  content: () => Content,
  owner: Owner,
  attributer: Pick<Attributer, "of">,
  links: { find(path: RootPath): Node | undefined; share(path: RootPath, file: FileNode): void },
): Node {
  const { mode, uid, gid, mtime, xattrs } = header;
  const attributes = attributer.of({ mode, uid, gid, mtime, xattrs, owner });
  switch (header.type) {
    case "directory":
      return { type: "directory", attributes, children: new Map() };
    case "symlink":
      return { type: "symlink", attributes, target: symlinkTarget(header) };
    case "file":
      return { type: "file", attributes, content: content(), inode: undefined };
    case "char":
    case "block":
      return { type: header.type, attributes, major: header.devmajor, minor: header.devminor };
    case "fifo":
      return { type: "fifo", attributes };
    case "hardlink":
      return linkedNode(header, links);
  }
}

/** Linux keeps 1 to 4095 bytes of target; a longer one would also make every walk through it slow. */
function symlinkTarget({ path, linkname }: TarHeader): string {
  if (linkname !== "" && linkname.length < MAX_PATH) return linkname;
  const name = displayPath(pathFromBytes(path));
  throw new DistillError("FORMAT_INVALID", `symbolic link ${name} has a target of ${linkname.length} bytes`);
}

/** Other things than files can have several names too; that they are the same one makes no difference then. */
function linkedNode(
  header: TarHeader,
  links: { find(path: RootPath): Node | undefined; share(path: RootPath, file: FileNode): void },
): Node {
  const target = pathFromBytes(header.linkname);
  const file = links.find(target);
  if (file === undefined || file.type === "directory") {
    const name = displayPath(pathFromBytes(header.path));
    throw new DistillError("FORMAT_INVALID", `hard link ${name} leads to ${displayPath(target)}, where no file is`);
  }
  if (file.type !== "file" || file.inode !== undefined) return file;
  const shared: FileNode = { ...file, inode: {} };
  links.share(target, shared);
  return shared;
}
