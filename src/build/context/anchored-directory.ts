import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
} from "node:fs";
import { DistillError, fromSystemError, systemErrorCode } from "../../lib/errors.ts";
import { childOf, componentsOf, nameOf, parentOf, ROOT, type RootPath, textOfBytes } from "../../rootfs/path.ts";

/** What opening a component says where it is missing, no directory, or a link. */
const NOT_THERE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const NOT_ASCII = /[\x80-\xff]/;

/** An entry of a directory: its name as bytes (latin1). */
export interface DirectoryEntry {
  readonly name: string;
  readonly stats: Stats;
}

/** A fifo would block without O_NONBLOCK. */
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A directory below which paths are opened component by component, each in the open directory that holds it
 * (/proc/self/fd/N/NAME with O_NOFOLLOW: Node has no openat). A link is never followed, so one that is swapped in while
 * we read leads nowhere else: it counts as not there.
 */
export class AnchoredDirectory {
  /** As it was given, for messages. */
  readonly path: string;
  #fd: number;
  #last: { readonly path: RootPath; readonly fd: number } | undefined;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** NO_SUCH_PATH where `path` (links followed) is no directory; ENVIRONMENT where /proc is not mounted. */
  static open(path: string): AnchoredDirectory {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== "ENOENT" && code !== "ENOTDIR") throw fromSystemError(error, "opening", path);
      throw new DistillError("NO_SUCH_PATH", `${path} is not a directory`, { cause: error });
    }
    if (existsSync(`/proc/self/fd/${fd}`)) return new AnchoredDirectory(path, fd);
    closeSync(fd);
    throw new DistillError("ENVIRONMENT", "/proc is not mounted, and files cannot be read safely without it", {
      hint: "mount -t proc proc /proc",
    });
  }

  close(): void {
    this.#forget();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Undefined where there is nothing, or a component above is no directory. */
  lstat(path: RootPath): Stats | undefined {
    return this.#in(path, (entry) => lstatSync(entry));
  }

  /** Target of a link, bytes as latin1. IO where it is gone. */
  readlink(path: RootPath): string {
    const target = this.#in(path, (entry) => readlinkSync(entry, { encoding: "buffer" }));
    if (target === undefined) throw this.changed(path);
    return target.toString("latin1");
  }

  /** Names in a directory, bytes as latin1, in no order. IO where it is gone. */
  list(path: RootPath): readonly string[] {
    const names = this.#in(path, (entry) =>
      holding(openSync(entry, OPEN_DIRECTORY), (fd) => readdirSync(`/proc/self/fd/${fd}`, { encoding: "buffer" })),
    );
    if (names === undefined) throw this.changed(path);
    return names.map((name) => name.toString("latin1"));
  }

  /**
   * What lies in a directory, in byte order of the names (bytes as latin1), each with what it is; entries that `wanted`
   * does not take are not looked at. One that goes meanwhile is left out. IO where the directory is gone.
   */
  entries(path: RootPath, wanted: (name: string) => boolean): readonly DirectoryEntry[] {
    const found = this.#in(path, (entry) => holding(openSync(entry, OPEN_DIRECTORY), (fd) => entriesOf(fd, wanted)));
    if (found === undefined) throw this.changed(path);
    return found;
  }

  /** Calls `use` with the open regular file. IO where it is gone, or is something else by now. */
  withFile<T>(path: RootPath, use: (fd: number, stats: Stats) => T): T {
    return this.withEntry(parentOf(path), nameOf(path), use);
  }

  /** As withFile, for one of many files of a directory. */
  withEntry<T>(directory: RootPath, name: string, use: (fd: number, stats: Stats) => T): T {
    let fd = -1;
    try {
      fd = openSync(below(this.#open(directory), name), OPEN_FILE);
      const stats = fstatSync(fd);
      if (stats.isFile()) return use(fd, stats);
    } catch (error) {
      if (!NOT_THERE.has(systemErrorCode(error) ?? "")) {
        throw fromSystemError(error, "reading", this.shown(childOf(directory, name)));
      }
    } finally {
      if (fd >= 0) closeSync(fd);
    }
    throw this.changed(childOf(directory, name));
  }

  /** The path for people. */
  shown(path: RootPath): string {
    return `${this.path.replace(/\/+$/, "")}/${textOfBytes(path)}`;
  }

  /** What a path that was there a moment ago is refused with. */
  changed(path: RootPath): DistillError {
    return new DistillError("IO", `${this.shown(path)} changed while it was read`, { hint: "run the command again" });
  }

  /** Calls `use` with a name for `path` through the open directory that holds it; undefined where that is not there. */
  #in<T>(path: RootPath, use: (entry: Buffer | string) => T): T | undefined {
    try {
      return use(below(this.#open(parentOf(path)), nameOf(path) || "."));
    } catch (error) {
      if (NOT_THERE.has(systemErrorCode(error) ?? "")) return undefined;
      throw fromSystemError(error, "reading", this.shown(path));
    }
  }

  /** The directory at `path`, open. It stays so until another one is asked for: entries are read in order. */
  #open(path: RootPath): number {
    if (path === ROOT) return this.#fd;
    const last = this.#last;
    if (last?.path === path) return last.fd;
    // On the way down, what lies in between is open already.
    const isBelow = last !== undefined && path.startsWith(`${last.path}/`);
    const start = isBelow ? last.fd : this.#fd;
    let fd = start;
    try {
      for (const name of componentsOf((isBelow ? path.slice(last.path.length + 1) : path) as RootPath)) {
        const next = openSync(below(fd, name), OPEN_DIRECTORY);
        if (fd !== start) closeSync(fd);
        fd = next;
      }
    } catch (error) {
      if (fd !== start) closeSync(fd);
      throw error;
    }
    this.#forget();
    this.#last = { path, fd };
    return fd;
  }

  #forget(): void {
    if (this.#last !== undefined) closeSync(this.#last.fd);
    this.#last = undefined;
  }
}

function entriesOf(fd: number, wanted: (name: string) => boolean): readonly DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (const name of readdirSync(`/proc/self/fd/${fd}`, { encoding: "latin1" }).sort()) {
    if (!wanted(name)) continue;
    const stats = lstatSync(below(fd, name), { throwIfNoEntry: false });
    if (stats !== undefined) entries.push({ name, stats });
  }
  return entries;
}

/** A text costs less than a buffer, and means the same as long as it is ASCII. */
function below(parent: number, name: string): Buffer | string {
  if (!NOT_ASCII.test(name)) return `/proc/self/fd/${parent}/${name}`;
  return Buffer.concat([Buffer.from(`/proc/self/fd/${parent}/`), Buffer.from(name, "latin1")]);
}

function holding<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
