import type { TarHeader } from "../../formats/tar/header.ts";
import { DistillError } from "../../lib/errors.ts";
import type { Attributes, Xattrs } from "../node.ts";
import { pathFromBytes, ROOT, type RootPath, textOfBytes } from "../path.ts";
import type { Tree } from "../tree.ts";
import { TreeEditor } from "../tree-editor.ts";
import type { OpenArchive } from "./open-archive.ts";
import { type UnpackOptions, unpackArchive } from "./unpacker.ts";

const NO_XATTRS: Xattrs = new Map();

/**
 * The entries of an archive as a tree, for an archive that stands for a build context: modes, links, times and extended
 * attributes are kept, everything belongs to root, and each entry is owned by its path in the context. Later entries
 * replace earlier ones; missing parents are made 0755. Contents can be read as long as the archive is open.
 *
 * UNSUPPORTED for devices and fifos, as in every context; FORMAT_INVALID for a path with "..", and else as unpackArchive.
 */
export async function archiveTree(archive: OpenArchive, options: UnpackOptions = {}): Promise<Tree> {
  const editor = TreeEditor.empty(attributes(ROOT, 0o755, 0, NO_XATTRS));
  const rules = {
    accept: refuseForeign,
    attributesOf: ({ type, mode, mtime, xattrs }: TarHeader, path: RootPath) =>
      attributes(path, type === "symlink" ? 0o777 : mode, mtime, xattrs),
    impliedAttributes: (path: RootPath) => attributes(path, 0o755, 0, NO_XATTRS),
  };
  await unpackArchive(archive, editor, ROOT, rules, options);
  return editor.done();
}

/** Each entry has an owner of its own, so there is nothing that an Attributer could share. */
function attributes(path: RootPath, mode: number, mtime: number, xattrs: Xattrs): Attributes {
  return { mode, uid: 0, gid: 0, mtime, xattrs, owner: { kind: "context", path: textOfBytes(path) } };
}

function refuseForeign({ path, type, linkname }: TarHeader): void {
  if (type === "char" || type === "block" || type === "fifo") {
    const kind = type === "fifo" ? "a fifo" : "a device";
    const shown = JSON.stringify(textOfBytes(path.slice(0, 200)));
    throw new DistillError("UNSUPPORTED", `${shown} is ${kind}, and cannot be copied`, {
      hint: "leave it out of the archive",
    });
  }
  // Whoever unpacks takes ".." as Docker does; in a context no path may climb.
  pathFromBytes(path);
  if (type === "hardlink") pathFromBytes(linkname);
}
