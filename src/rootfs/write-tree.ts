import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { throwIfCancelled } from "../lib/cancel.ts";
import { makeDirectories } from "../lib/directories.ts";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { streamContent } from "./content.ts";
import type { DirectoryNode, FileNode, Inode, Node, SymlinkNode } from "./node.ts";
import { entryIn, OpenDirectories } from "./open-directories.ts";
import { childOf, comparePaths, nameOf, parentOf, ROOT, type RootPath } from "./path.ts";
import type { Tree } from "./tree.ts";

export interface WriteTreeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of contents that are written so far. */
  readonly onBytes?: (bytes: number) => void;
}

/** What came of it, and what of the tree the directory did not get. */
export interface WrittenTree {
  /** Of contents. */
  readonly bytes: number;
  /** Devices and named pipes. */
  readonly special: readonly RootPath[];
  /** Entries whose extended attributes were not written. */
  readonly withXattrs: readonly RootPath[];
}

const CREATE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;

/** Of Linux on all processors that Node runs on; Node does not name it. */
const O_PATH = 0o10000000;

/** What link(2) says where a second name cannot be had: another file system, too many names, a file system without. */
const NO_LINK: ReadonlySet<string> = new Set(["EXDEV", "EMLINK", "EPERM", "EOPNOTSUPP"]);

/**
 * Writes what a tree holds into a directory, which is made (mode 0700) where it is missing. Modes, times, symbolic links and
 * hard links are those of the tree; owners are the calling user, as with BuildKit's local exporter. What lies there already stays, unless
 * the tree has an entry of that path: a file is then replaced, never written into, so that its other names keep their
 * content; a directory is merged, and one that is not empty is never replaced (FILE_CONFLICT).
 *
 * Nothing outside the directory is ever touched, whatever the tree's links or those that lie there say: see
 * OpenDirectories. After a failure or CANCELLED what was written stays, without half a file. Throws IO, DISK_FULL.
 */
export async function writeTree(tree: Tree, directory: string, options: WriteTreeOptions = {}): Promise<WrittenTree> {
  try {
    makeDirectories(directory, 0o700);
  } catch (error) {
    throw fromSystemError(error, "making", directory);
  }
  using directories = OpenDirectories.open(directory);
  using sources = directories.again();
  const writer = new TreeWriter(directories, sources, options);
  await writer.write(tree);
  return { bytes: writer.bytes, ...writer.leftOut };
}

/** An entry that is yet to be written, or a directory whose entries were. */
interface Pending {
  readonly path: RootPath;
  readonly node: Node;
  readonly entered?: boolean;
}

class TreeWriter {
  bytes = 0;
  readonly leftOut = { special: [] as RootPath[], withXattrs: [] as RootPath[] };
  readonly #directories: OpenDirectories;
  /** For the first names of hard-linked files, which lie elsewhere than the link. */
  readonly #sources: OpenDirectories;
  readonly #options: WriteTreeOptions;
  readonly #firstNames = new Map<Inode, RootPath>();

  constructor(directories: OpenDirectories, sources: OpenDirectories, options: WriteTreeOptions) {
    this.#directories = directories;
    this.#sources = sources;
    this.#options = options;
  }

  /** In byte order, so that the same name of a hard-linked file is always the first; a directory is finished behind what it holds. */
  async write({ root }: Tree): Promise<void> {
    const pending: Pending[] = childrenOf(ROOT, root);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      throwIfCancelled(this.#options.signal);
      const { path, node, entered = false } = next;
      try {
        if (node.type !== "directory") await this.#write(path, node);
        else if (entered) this.#finishDirectory(path, node);
        else {
          this.#enterDirectory(path);
          pending.push({ path, node, entered: true });
          for (const child of childrenOf(path, node)) pending.push(child);
        }
      } catch (error) {
        throw fromSystemError(error, "writing", this.#directories.shown(path));
      }
    }
  }

  async #write(path: RootPath, node: Exclude<Node, DirectoryNode>): Promise<void> {
    if (node.attributes.xattrs.size > 0 && node.type !== "symlink") this.leftOut.withXattrs.push(path);
    if (node.type === "symlink") return this.#writeLink(path, node);
    if (node.type === "file") return this.#writeNamed(path, node);
    this.leftOut.special.push(path);
  }

  /** A file, or a further name of one that was written. */
  async #writeNamed(path: RootPath, node: FileNode): Promise<void> {
    const first = node.inode && this.#firstNames.get(node.inode);
    if (first !== undefined && (await this.#writeName(path, first))) return;
    await this.#put(path, (at) => this.#writeFile(at, node, path));
    if (node.inode !== undefined && first === undefined) this.#firstNames.set(node.inode, path);
  }

  #enterDirectory(path: RootPath): void {
    const entry = entryIn(this.#directories.at(parentOf(path)), nameOf(path));
    const found = statOf(entry);
    if (found !== undefined && !found.isDirectory()) unlinkSync(entry);
    if (!found?.isDirectory()) mkdirSync(entry, 0o700);
    else if ((found.mode & 0o700) !== 0o700) asOwner(() => openToOwner(entry, found.mode));
  }

  #finishDirectory(path: RootPath, node: DirectoryNode): void {
    if (node.attributes.xattrs.size > 0) this.leftOut.withXattrs.push(path);
    const fd = this.#directories.at(path);
    // Of a directory that somebody else owns only the content is ours.
    asOwner(() => {
      fchmodSync(fd, node.attributes.mode);
      setTimes((time) => futimesSync(fd, time, time), node);
    });
  }

  async #writeLink(path: RootPath, node: SymlinkNode): Promise<void> {
    await this.#put(path, async (at) => {
      symlinkSync(Buffer.from(node.target, "latin1"), at);
      setTimes((time) => lutimesSync(at, time, time), node);
    });
  }

  /** False where the file system wants no second name there. */
  async #writeName(path: RootPath, first: RootPath): Promise<boolean> {
    const source = entryIn(this.#sources.at(parentOf(first)), nameOf(first));
    try {
      await this.#put(path, async (at) => linkSync(source, at));
      return true;
    } catch (error) {
      if (NO_LINK.has(systemErrorCode(error) ?? "")) return false;
      throw error;
    }
  }

  async #writeFile(at: Buffer, node: FileNode, path: RootPath): Promise<void> {
    const fd = openSync(at, CREATE, 0o600);
    try {
      let size = 0;
      for await (const chunk of streamContent(node.content)) {
        throwIfCancelled(this.#options.signal);
        writeFully(fd, chunk);
        size += chunk.length;
        this.bytes += chunk.length;
        this.#options.onBytes?.(this.bytes);
      }
      if (size !== node.content.size) throw this.#short(path, size, node.content.size);
      fchmodSync(fd, node.attributes.mode);
      setTimes((time) => futimesSync(fd, time, time), node);
    } finally {
      closeSync(fd);
    }
  }

  /** Calls `make` for a name that is free, and gives it the one that is wanted where something lies there. */
  async #put(path: RootPath, make: (at: Buffer) => Promise<void>): Promise<void> {
    const parent = this.#directories.at(parentOf(path));
    const entry = entryIn(parent, nameOf(path));
    const found = statOf(entry);
    if (found?.isDirectory()) this.#removeEmpty(entry, path);
    const replaces = found !== undefined && !found.isDirectory();
    const at = replaces ? entryIn(parent, `.distill-${randomBytes(8).toString("hex")}`) : entry;
    try {
      await make(at);
      if (replaces) renameSync(at, entry);
    } catch (error) {
      // One that somebody else made there meanwhile is not ours to remove.
      if (systemErrorCode(error) !== "EEXIST") removeIfThere(at);
      throw error;
    }
  }

  #removeEmpty(entry: Buffer, path: RootPath): void {
    try {
      rmdirSync(entry);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOTEMPTY") throw error;
      throw new DistillError(
        "FILE_CONFLICT",
        `${this.#directories.shown(path)} is a directory that is not empty, and no directory in the image`,
        { hint: "choose another directory for the output, or remove this one" },
      );
    }
  }

  #short(path: RootPath, found: number, expected: number): DistillError {
    const shown = this.#directories.shown(path);
    return new DistillError("IO", `${shown}: its content has ${found} bytes where ${expected} were expected`, {
      hint: "a layer changed while it was read; run the command again",
    });
  }
}

/** The last one first, for a stack. */
function childrenOf(path: RootPath, { children }: DirectoryNode): Pending[] {
  const sorted = [...children].sort(([a], [b]) => comparePaths(b, a));
  return sorted.map(([name, node]) => ({ path: childOf(path, name), node }));
}

function statOf(entry: Buffer): Stats | undefined {
  return lstatSync(entry, { throwIfNoEntry: false });
}

/** For a directory that its owner may not even open: what is changed is what O_PATH found, and never what a link leads to. */
function openToOwner(entry: Buffer, mode: number): void {
  const fd = openSync(entry, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    chmodSync(`/proc/self/fd/${fd}`, (mode & 0o7777) | 0o700);
  } finally {
    closeSync(fd);
  }
}

function removeIfThere(entry: Buffer): void {
  try {
    unlinkSync(entry);
  } catch {
    // What failed before says more.
  }
}

function asOwner(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (systemErrorCode(error) !== "EPERM") throw error;
  }
}

/** A time that this file system cannot hold is let be. Node takes a negative number for the present. */
function setTimes(set: (time: number | Date) => void, { attributes: { mtime } }: Node): void {
  try {
    set(mtime < 0 ? new Date(mtime * 1000) : mtime);
  } catch (error) {
    if (systemErrorCode(error) !== "EINVAL") throw error;
  }
}

function writeFully(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
}
