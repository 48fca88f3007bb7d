import { DistillError } from "../../lib/errors.ts";
import type { Account } from "../../rootfs/accounts.ts";
import type { Attributes, DirectoryNode, FileNode, Inode, Node } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { childOf, displayPath, MAX_PATH, parentOf, pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { ModeChange } from "./file-mode.ts";
import { asMkdir } from "./made-directories.ts";
import type { Selected } from "./selection.ts";

/** How files are put into a tree. */
export interface CopyOptions {
  /** Absolute; a directory where it ends with a slash. */
  readonly destination: string;
  /** Owner of all that is copied and of directories that are made; else files keep theirs and directories are root's. */
  readonly account: Account | undefined;
  readonly mode: ModeChange | undefined;
  /** Of directories that are made; see madeDirectoryMode. */
  readonly directoryMode: number;
  /** --parents: directories that are there stay as they are. */
  readonly keepsDirectories: boolean;
  /** Directories that are made are this one's, and have this time (seconds since the epoch). */
  readonly owner: Owner;
  readonly timestamp: number;
}

/** A file or a directory that went somewhere, with all below it. */
export interface Move {
  readonly from: RootPath;
  readonly to: RootPath;
}

/**
 * Puts selected files into a tree as BuildKit does (fsutil/copy): of a directory the contents; a file into a destination
 * that is a directory or ends with a slash, and else in its place. Links in the destination are followed inside the root,
 * those below it are not. FILE_CONFLICT where a file would take a directory's place or the other way round.
 */
export function copyInto(editor: TreeEditor, selected: readonly Selected[], options: CopyOptions): readonly Move[] {
  return selected.map((each) => new Copier(editor, options).copy(each));
}

/** The directory that archives are unpacked into, made where it is missing. */
export function makeDestination(editor: TreeEditor, options: CopyOptions): RootPath {
  return new Copier(editor, options).makeDirectory(pathFromText(options.destination));
}

/** One for each thing that is copied: hard links are kept among what is copied together. */
class Copier {
  readonly #editor: TreeEditor;
  readonly #options: CopyOptions;
  readonly #changed = new Map<Attributes, [file: Attributes | undefined, directory: Attributes | undefined]>();
  readonly #inodes = new Map<Inode, FileNode>();

  constructor(editor: TreeEditor, options: CopyOptions) {
    this.#editor = editor;
    this.#options = options;
  }

  copy({ name, path, node }: Selected): Move {
    const editor = this.#editor;
    const { destination } = this.#options;
    const named = pathFromText(destination);
    this.makeDirectory(destination.endsWith("/") ? named : parentOf(named));
    const target = editor.follow(named);
    if (node.type === "directory") {
      const made = target.node === undefined;
      if (target.node !== undefined && target.node.type !== "directory") throw noDirectory(target.path);
      if (made) this.makeDirectory(named);
      this.#takeTime(target.path, node);
      this.#merge(target.path, node);
      return { from: path, to: target.path };
    }
    const at = target.node?.type === "directory" ? childOf(target.path, name) : target.path;
    this.#put(at, node);
    return { from: path, to: at };
  }

  /** The directory that a path leads to, made with those above it where it is missing. */
  makeDirectory(named: RootPath): RootPath {
    const { path } = this.#editor.follow(named);
    const { account, owner, timestamp, directoryMode: mode } = this.#options;
    const { uid, gid } = account ?? { uid: 0, gid: 0 };
    const attributes = { mode, uid, gid, mtime: timestamp, xattrs: new Map(), owner };
    this.#editor.makeDirectories(path, asMkdir(attributes, account !== undefined));
    return path;
  }

  /** The directory that takes a directory's contents keeps its mode and owner, and takes the time. */
  #takeTime(path: RootPath, { attributes: { mtime } }: DirectoryNode): void {
    const present = this.#editor.get(path);
    if (present?.type !== "directory" || present.attributes.mtime === mtime) return;
    this.#editor.put(path, { ...present, attributes: { ...present.attributes, mtime } });
  }

  #merge(path: RootPath, source: DirectoryNode): void {
    const present = this.#editor.get(path);
    const children = present?.type === "directory" ? present.children : undefined;
    for (const [name, child] of source.children) {
      const at = childOf(path, name);
      const there = children?.get(name);
      if (child.type !== "directory" || there === undefined) this.#put(at, child);
      else if (there.type !== "directory") throw noDirectory(at);
      else {
        if (!this.#options.keepsDirectories) {
          this.#editor.put(at, { ...there, attributes: this.#attributes(child.attributes, "directory") });
        }
        this.#merge(at, child);
      }
    }
  }

  #put(path: RootPath, node: Node): void {
    const there = this.#editor.get(path);
    if (there?.type === "directory" && node.type !== "directory") {
      throw new DistillError("FILE_CONFLICT", `${displayPath(path)} is a directory, and a file would take its place`, {
        hint: "give the file another name, or end the destination with a slash",
      });
    }
    this.#editor.put(path, this.#copied(node, path.length));
  }

  /** The node as it is in its new place; itself where nothing of it changes. `length`: characters of its path. */
  #copied(node: Node, length: number): Node {
    if (length > MAX_PATH) {
      throw new DistillError(
        "FORMAT_INVALID",
        `a path below ${this.#options.destination} is longer than ${MAX_PATH} bytes`,
      );
    }
    const attributes = this.#attributes(node.attributes, node.type);
    switch (node.type) {
      case "directory":
        return this.#copiedDirectory(node, attributes, length);
      case "file":
        if (node.inode !== undefined) return this.#linked(node, node.inode, attributes);
        return attributes === node.attributes ? node : { ...node, attributes };
      default:
        return attributes === node.attributes ? node : { ...node, attributes };
    }
  }

  #copiedDirectory(node: DirectoryNode, attributes: Attributes, length: number): Node {
    const children = new Map<string, Node>();
    let same = attributes === node.attributes;
    for (const [name, child] of node.children) {
      const copied = this.#copied(child, length + 1 + name.length);
      children.set(name, copied);
      same &&= copied === child;
    }
    return same ? node : { type: "directory", attributes, children };
  }

  /** A link of its own: what is copied twice is two files. */
  #linked(node: FileNode, inode: Inode, attributes: Attributes): FileNode {
    const known = this.#inodes.get(inode);
    if (known !== undefined) return known;
    const copied = { ...node, attributes, inode: {} };
    this.#inodes.set(inode, copied);
    return copied;
  }

  #attributes(given: Attributes, type: Node["type"]): Attributes {
    const { account, mode } = this.#options;
    const changesMode = mode !== undefined && type !== "symlink";
    if (account === undefined && !changesMode) return given;
    const isDirectory = type === "directory";
    if (type === "symlink") return { ...given, ...account };
    let changed = this.#changed.get(given);
    if (changed === undefined) {
      changed = [undefined, undefined];
      this.#changed.set(given, changed);
    }
    const index = isDirectory ? 1 : 0;
    changed[index] ??= { ...given, ...account, ...(changesMode ? { mode: mode(given.mode, isDirectory) } : {}) };
    return changed[index];
  }
}

function noDirectory(path: RootPath): DistillError {
  return new DistillError(
    "FILE_CONFLICT",
    `${displayPath(path)} is no directory, and a directory would be copied there`,
    {
      hint: "copy it somewhere else, or remove what is there in an earlier step",
    },
  );
}
