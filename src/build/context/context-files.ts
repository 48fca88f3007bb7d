import { createHash, type Hash } from "node:crypto";
import { fstatSync, readSync, type Stats } from "node:fs";
import type { PathMatcher } from "../../dockerfile/ignore/matcher.ts";
import { DistillError } from "../../lib/errors.ts";
import type { Content } from "../../rootfs/content.ts";
import type { Attributes, DirectoryNode, Inode, Node, Xattrs } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { childOf, displayPath, MAX_PATH, ROOT, type RootPath, textOfBytes } from "../../rootfs/path.ts";
import { Tree } from "../../rootfs/tree.ts";
import { AnchoredDirectory } from "./anchored-directory.ts";
import { type DirectoryPrint, PrintMaker, printOf, withMode } from "./directory-print.ts";
import type { FileDigests } from "./file-digests.ts";
import { KeptBytes, NOT_KEPT } from "./kept-bytes.ts";
import { KeptEntries } from "./kept-entries.ts";

const WINDOW = 1024 * 1024;

/** Files of up to so many bytes are kept: opening them takes longer than reading them. Larger ones are read again. */
const SMALL = 16 * 1024;

/** Bytes of them that are kept. */
const KEPT = 32 * 1024 * 1024;

const NO_XATTRS: Xattrs = new Map();

/** How a directory on disk is taken as files of a build. */
export interface ContextFilesOptions {
  /** What of it is left out. */
  readonly rules: PathMatcher | undefined;
  /** Paths that are no part of it, whatever the rules say. */
  readonly without: ReadonlySet<RootPath>;
  /** Whether files keep their own times; else all have time 0. */
  readonly keepTimes: boolean;
  readonly digests: FileDigests;
  /** Bytes of small files that are kept from when they are named; 32 MiB where nothing is said. */
  readonly keep?: number;
  /** Told of each file that is read to name its bytes, and how many they are. */
  readonly onRead?: (bytes: number) => void;
  /** Told of sockets, which no image can hold: they are passed over. */
  readonly onSocket: (path: string) => void;
}

/**
 * A directory on disk as a tree. A directory of it is read when somebody looks into it, and a file when its bytes are
 * asked for; nothing outside is ever reached, as all is opened through descriptors (AnchoredDirectory). Everything belongs
 * to root. Whoever reads a file from beginning to end gets the bytes that its identity names, or IO. Small files are read
 * once: their bytes are kept from when they were named, up to 32 MiB.
 */
export class ContextFiles {
  readonly directory: string;
  readonly tree: Tree;
  readonly root: AnchoredDirectory;
  readonly options: ContextFilesOptions;
  readonly inodes = new Map<string, { readonly inode: Inode; readonly content: ContextFile }>();
  readonly #kept: KeptBytes;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW);
  readonly #readers = new Map<ContextFile, { readonly hash: Hash; position: number }>();

  private constructor(root: AnchoredDirectory, options: ContextFilesOptions) {
    this.root = root;
    this.directory = root.path;
    this.options = options;
    this.#kept = new KeptBytes(options.keep ?? KEPT);
    this.tree = new Tree(
      new ContextDirectory(this, ROOT, attributesOf(0o755, 0, ROOT), KeptEntries.of(options.rules, options.without)),
    );
  }

  /** NO_SUCH_PATH where it is no directory. Close it when its files have been read. */
  static open(directory: string, options: ContextFilesOptions): ContextFiles {
    return new ContextFiles(AnchoredDirectory.open(directory), options);
  }

  close(): void {
    this.root.close();
  }

  /** What tells a directory from what it was: of all that lies below it, as it was read. Undefined where there is none. */
  print(path: RootPath): DirectoryPrint | undefined {
    const node = this.tree.get(path);
    return node instanceof ContextDirectory ? withMode(node.print(), node.attributes.mode) : undefined;
  }

  /** Reads a file to name its bytes. IO where it has another size than when it was listed. */
  learn(file: ContextFile): Learned {
    const { directory, name, size } = file;
    const { digests } = this.options;
    const lookedAt = Date.now();
    return this.root.withEntry(directory.path, name, (fd, stats) => {
      if (stats.size !== size) throw this.#changed(file);
      // What changes from here on has another change time than the record: nobody will take it for these bytes.
      const read = size <= SMALL ? this.#kept.read(fd, size) : { ...hashFile(fd, size, this.#window), at: NOT_KEPT };
      if (read.size !== size) throw this.#changed(file);
      this.options.onRead?.(size);
      return { record: digests.learn(stats, read.sha256, lookedAt), at: read.at };
    });
  }

  /**
   * Bytes of a file. What changed since its bytes were named is refused by its change time; where that cannot tell, those
   * who read in order get IO instead of the last bytes.
   */
  read(file: ContextFile, offset: number, length: number): Uint8Array {
    const { record, at, size } = file.learned();
    const wanted = Math.max(0, Math.min(length, size - offset));
    if (at !== NOT_KEPT) return this.#kept.bytes(at + Math.min(offset, size), wanted);
    const { bytes, isStill } = this.root.withEntry(file.directory.path, file.name, (fd, stats) => {
      if (stats.size !== size) throw this.#changed(file);
      const buffer = Buffer.allocUnsafe(wanted);
      for (let done = 0; done < wanted; ) {
        const read = readSync(fd, buffer, done, wanted - done, offset + done);
        if (read === 0) throw this.#changed(file);
        done += read;
      }
      return { bytes: buffer, isStill: this.options.digests.isStill(record, fstatSync(fd)) };
    });
    if (isStill === false) throw this.#changed(file);
    if (isStill === undefined) this.#follow(file, offset, bytes);
    return bytes;
  }

  /** Compares what is read in order with what it should be, at the end. */
  #follow(file: ContextFile, offset: number, bytes: Uint8Array): void {
    if (offset === 0) this.#readers.set(file, { hash: createHash("sha256"), position: 0 });
    const reader = this.#readers.get(file);
    if (reader === undefined || reader.position !== offset) return;
    reader.hash.update(bytes);
    reader.position += bytes.length;
    if (reader.position < file.size) return;
    this.#readers.delete(file);
    if (`sha256:${reader.hash.digest("hex")}` !== file.identity()) throw this.#changed(file);
  }

  #changed(file: ContextFile): DistillError {
    file.forget();
    return this.root.changed(childOf(file.directory.path, file.name));
  }
}

/** What is known of a file that was read: its record, and where its bytes are kept. */
interface Learned {
  readonly record: number;
  readonly at: number;
}

/** A file of a context. There are many: a few words each. */
class ContextFile implements Content {
  readonly size: number;
  readonly directory: ContextDirectory;
  readonly name: string;
  /** Negative while it is not known. */
  #record: number;
  #at = NOT_KEPT;

  constructor(directory: ContextDirectory, name: string, stats: Stats) {
    this.directory = directory;
    this.name = name;
    this.size = stats.size;
    this.#record = directory.files.options.digests.find(stats) ?? -1;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.directory.files.read(this, offset, length);
  }

  /** Reads the file at the first call, where it is not known already. IO where it has another size by now. */
  identity(): string {
    return `sha256:${this.directory.files.options.digests.digest(this.learned().record)}`;
  }

  learned(): Learned & { readonly size: number } {
    if (this.#record < 0) {
      const { record, at } = this.directory.files.learn(this);
      this.#record = record;
      this.#at = at;
    }
    return { record: this.#record, at: this.#at, size: this.size };
  }

  forget(): void {
    if (this.#record >= 0) this.directory.files.options.digests.forget(this.#record);
  }
}

/** A directory of a context; its entries are read at the first look. */
class ContextDirectory implements DirectoryNode {
  readonly type = "directory";
  readonly attributes: Attributes;
  readonly files: ContextFiles;
  readonly path: RootPath;
  readonly #kept: KeptEntries;
  #children: ReadonlyMap<string, Node> | undefined;
  #own: DirectoryPrint | undefined;

  constructor(files: ContextFiles, path: RootPath, attributes: Attributes, kept: KeptEntries) {
    this.files = files;
    this.path = path;
    this.#kept = kept;
    this.attributes = attributes;
  }

  get children(): ReadonlyMap<string, Node> {
    this.#children ??= this.#load();
    return this.#children;
  }

  /** What the directory was when it was read: the same that scanDirectory would have found then. */
  print(): DirectoryPrint {
    const directories = [...this.children.values()].filter((each) => each instanceof ContextDirectory);
    const own = this.#own as DirectoryPrint;
    return printOf(
      own,
      directories.map((each) => each.print()),
    );
  }

  #load(): ReadonlyMap<string, Node> {
    const { root, options } = this.files;
    const kept = this.#kept;
    const children = new Map<string, Node>();
    const attributer = new DirectoryAttributes(this.path, options.keepTimes);
    const print = new PrintMaker(Date.now());
    for (const { name, stats } of root.entries(this.path, (each) => kept.mayHold(each))) {
      const path = childOf(this.path, name);
      if (path.length > MAX_PATH) throw tooLong(root.path, path);
      const left = kept.leavesOut(name);
      const node = this.#node(name, path, stats, attributer, left);
      // A directory that is left out is there all the same where something below it is taken back in.
      const isThere = !left || (node?.type === "directory" && node.children.size > 0);
      if (isThere) print.add(name, stats, node?.type === "symlink" ? node.target : "");
      if (isThere && node !== undefined) children.set(name, node);
    }
    this.#own = print.finish();
    return children;
  }

  #node(
    name: string,
    path: RootPath,
    stats: Stats,
    attributer: DirectoryAttributes,
    leftOut: boolean,
  ): Node | undefined {
    if (stats.isDirectory()) {
      return new ContextDirectory(this.files, path, attributer.of(stats), this.#kept.enter(name));
    }
    if (leftOut) return undefined;
    if (stats.isFile()) return this.#file(name, stats, attributer.of(stats));
    if (stats.isSymbolicLink()) {
      return { type: "symlink", attributes: attributer.of(stats, 0o777), target: this.files.root.readlink(path) };
    }
    if (stats.isSocket()) {
      this.files.options.onSocket(textOfBytes(path));
      return undefined;
    }
    return stats.isFIFO()
      ? { type: "fifo", attributes: attributer.of(stats) }
      : { type: stats.isBlockDevice() ? "block" : "char", attributes: attributer.of(stats), major: 0, minor: 0 };
  }

  #file(name: string, stats: Stats, attributes: Attributes): Node {
    const content = new ContextFile(this, name, stats);
    // Of inodes that a number cannot hold exactly, two may look like one.
    if (stats.nlink < 2 || !Number.isSafeInteger(stats.ino))
      return { type: "file", attributes, content, inode: undefined };
    const { inodes } = this.files;
    const key = `${stats.dev}:${stats.ino}`;
    const known = inodes.get(key) ?? { inode: {}, content };
    inodes.set(key, known);
    return { type: "file", attributes, ...known };
  }
}

/** Attributes of the entries of one directory, shared where they are the same. */
class DirectoryAttributes {
  readonly #owner: Owner;
  readonly #keepTimes: boolean;
  readonly #known = new Map<number, Attributes>();

  constructor(directory: RootPath, keepTimes: boolean) {
    this.#owner = { kind: "context", path: textOfBytes(directory) };
    this.#keepTimes = keepTimes;
  }

  of(stats: Stats, mode = stats.mode & 0o7777): Attributes {
    if (this.#keepTimes) return this.#make(mode, secondsOf(stats));
    let attributes = this.#known.get(mode);
    if (attributes === undefined) {
      attributes = this.#make(mode, 0);
      this.#known.set(mode, attributes);
    }
    return attributes;
  }

  #make(mode: number, mtime: number): Attributes {
    return { mode, uid: 0, gid: 0, mtime, xattrs: NO_XATTRS, owner: this.#owner };
  }
}

function attributesOf(mode: number, mtime: number, directory: RootPath): Attributes {
  return { mode, uid: 0, gid: 0, mtime, xattrs: NO_XATTRS, owner: { kind: "context", path: textOfBytes(directory) } };
}

/** Whole microseconds: what a double keeps of times of our day. */
function secondsOf({ mtimeMs }: Stats): number {
  return Math.round(mtimeMs * 1000) / 1_000_000;
}

/** Ends where there is more than expected: a file may grow as fast as it is read. */
function hashFile(fd: number, expected: number, buffer: Buffer): { readonly sha256: string; readonly size: number } {
  const sha256 = createHash("sha256");
  let size = 0;
  for (let read = readSync(fd, buffer); read > 0 && size <= expected; read = readSync(fd, buffer)) {
    sha256.update(buffer.subarray(0, read));
    size += read;
  }
  return { sha256: sha256.digest("hex"), size };
}

function tooLong(directory: string, path: RootPath): DistillError {
  const start = displayPath(path.slice(0, 200) as RootPath);
  return new DistillError("FORMAT_INVALID", `${directory} has a path longer than ${MAX_PATH} bytes: ${start}…`, {
    hint: "leave it out in .dockerignore",
  });
}
