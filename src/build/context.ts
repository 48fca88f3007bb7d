import { createHash } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from "node:fs";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import type { Content } from "../rootfs/content.ts";
import {
  childOf,
  componentsOf,
  displayPath,
  nameOf,
  pathFromBytes,
  pathFromText,
  ROOT,
  type RootPath,
  textOfBytes,
} from "../rootfs/path.ts";

/** An entry of the build context as it lies on disk. */
export type ContextEntry =
  | { readonly type: "directory"; readonly path: RootPath; readonly mode: number }
  | { readonly type: "symlink"; readonly path: RootPath; readonly target: string }
  | {
      readonly type: "file";
      readonly path: RootPath;
      readonly mode: number;
      readonly content: Content;
      readonly sha256: string;
    };

/** What a named source was found to be. */
export interface ContextSource {
  /** Last component of the source as it was written; "" for the context itself. */
  readonly name: string;
  /** Where it lies in the context, links followed. */
  readonly path: RootPath;
  readonly entries: readonly ContextEntry[];
}

/** Directories that never belong to an app: what version control and Python's compiler keep beside the sources. */
const LEFT_OUT: ReadonlySet<string> = new Set([".git", "__pycache__"]);

const MAX_LINKS = 40;
const WINDOW = 1024 * 1024;

/**
 * The directory that a build takes files from. Every path is opened component by component below an open directory
 * (/proc/self/fd/N/NAME with O_NOFOLLOW), so a link that is swapped in while we read leads nowhere else. Links in a
 * source that is named are followed inside the context; links below it stay links.
 */
export class BuildContext {
  readonly directory: string;
  readonly #root: number;

  private constructor(directory: string, root: number) {
    this.directory = directory;
    this.#root = root;
  }

  static open(directory: string): BuildContext {
    try {
      return new BuildContext(directory, openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY));
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== "ENOENT" && code !== "ENOTDIR") throw fromSystemError(error, "opening", directory);
      throw new DistillError("NO_SUCH_PATH", `${directory} is not a directory`, { cause: error });
    }
  }

  close(): void {
    closeSync(this.#root);
  }

  /**
   * What lies at `source` (UTF-8, relative to the context): the entry itself first, as path "", then, for a directory,
   * everything below it with paths relative to it, parents before children, in byte order of names. NO_SUCH_PATH where
   * nothing is there; UNSUPPORTED for sockets, fifos and devices.
   */
  read(source: string): ContextSource {
    const named = pathFromText(clampDots(source));
    const path = this.#resolve(named, source);
    const entries: ContextEntry[] = [];
    this.#visit(path, ROOT, entries, source);
    return { name: nameOf(named), path, entries };
  }

  #visit(at: RootPath, path: RootPath, entries: ContextEntry[], source: string): void {
    const stats = this.#lstat(at);
    if (stats === undefined) throw missing(source, this.directory);
    const mode = stats.mode & 0o7777;
    if (stats.isSymbolicLink()) {
      entries.push({ type: "symlink", path, target: this.#readlink(at) });
    } else if (stats.isFile()) {
      const sha256 = this.#hash(at);
      entries.push({ type: "file", path, mode, sha256, content: this.#content(at, stats.size, sha256) });
    } else if (stats.isDirectory()) {
      entries.push({ type: "directory", path, mode });
      for (const name of this.#list(at)) {
        if (!LEFT_OUT.has(name)) this.#visit(childOf(at, name), childOf(path, name), entries, source);
      }
    } else {
      throw new DistillError("UNSUPPORTED", `${this.#shown(at)} is a socket, a fifo or a device, and cannot be copied`);
    }
  }

  /** Follows links of a named source inside the context, as a chroot would. */
  #resolve(named: RootPath, source: string): RootPath {
    const pending = [...componentsOf(named)].reverse();
    let trail: string[] = [];
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        trail.pop();
        continue;
      }
      const at = pathFromBytes([...trail, name].join("/"));
      const stats = this.#lstat(at);
      if (stats === undefined) throw missing(source, this.directory);
      if (!stats.isSymbolicLink()) {
        trail.push(name);
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new DistillError("FORMAT_INVALID", `${this.#shown(at)} leads through too many symbolic links`);
      }
      const target = this.#readlink(at);
      if (target.startsWith("/")) trail = [];
      pending.push(...target.split("/").reverse());
    }
    return pathFromBytes(trail.join("/"));
  }

  #lstat(path: RootPath): Stats | undefined {
    return this.#in(path, (parent, name) => {
      try {
        return lstatSync(below(parent, name));
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw error;
      }
    });
  }

  #readlink(path: RootPath): string {
    const target = this.#in(path, (parent, name) => readlinkSync(below(parent, name), { encoding: "buffer" }));
    if (target === undefined) throw changed(this.#shown(path));
    return target.toString("latin1");
  }

  #list(path: RootPath): readonly string[] {
    const names = this.#open(path, constants.O_DIRECTORY, (fd) => {
      return readdirSync(`/proc/self/fd/${fd}`, { encoding: "buffer" }).map((name) => name.toString("latin1"));
    });
    return names.sort();
  }

  #hash(path: RootPath): string {
    return this.#open(path, 0, (fd) => {
      const hash = createHash("sha256");
      const buffer = Buffer.allocUnsafe(WINDOW);
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer))
        hash.update(buffer.subarray(0, read));
      return hash.digest("hex");
    });
  }

  /** Contents are read again when the layer is written: by then they must still be what was hashed. */
  #content(path: RootPath, size: number, sha256: string): Content {
    let hash = createHash("sha256");
    let position = 0;
    return {
      size,
      read: async (offset, length) => {
        const bytes = this.#open(path, 0, (fd) => {
          const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
          let done = 0;
          while (done < buffer.length) {
            const read = readSync(fd, buffer, done, buffer.length - done, offset + done);
            if (read === 0) throw changed(this.#shown(path));
            done += read;
          }
          return buffer;
        });
        if (offset === 0) {
          hash = createHash("sha256");
          position = 0;
        }
        if (offset === position) {
          hash.update(bytes);
          position += bytes.length;
          if (position === size && hash.digest("hex") !== sha256) throw changed(this.#shown(path));
        }
        return bytes;
      },
    };
  }

  #open<T>(path: RootPath, flags: number, use: (fd: number) => T): T {
    const value = this.#in(path, (parent, name) => {
      const fd = openSync(
        below(parent, name),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags,
      );
      try {
        return use(fd);
      } finally {
        closeSync(fd);
      }
    });
    if (value === undefined) throw changed(this.#shown(path));
    return value;
  }

  /** Calls `use` with the open directory that holds `path`; undefined where a component is missing or is a link. */
  #in<T>(path: RootPath, use: (parent: number, name: string) => T): T | undefined {
    const components = componentsOf(path);
    const opened: number[] = [];
    let parent = this.#root;
    try {
      for (const name of components.slice(0, -1)) {
        parent = openSync(below(parent, name), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
        opened.push(parent);
      }
      return use(parent, components.at(-1) ?? ".");
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
      throw fromSystemError(error, "reading", this.#shown(path));
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }

  #shown(path: RootPath): string {
    return `${this.directory}/${textOfBytes(path)}`;
  }
}

function below(parent: number, name: string): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${parent}/`), Buffer.from(name, "latin1")]);
}

/** A source cannot climb out of the context: ".." stops at its root (as Docker does). */
function clampDots(source: string): string {
  const parts: string[] = [];
  for (const part of source.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function missing(source: string, directory: string): DistillError {
  return new DistillError("NO_SUCH_PATH", `${displaySource(source)} does not exist in the build context ${directory}`, {
    hint: "paths of copy: are relative to the directory that is built",
  });
}

function displaySource(source: string): string {
  return displayPath(pathFromText(clampDots(source))).slice(1) || ".";
}

function changed(path: string): DistillError {
  return new DistillError("IO", `${path} changed while it was read`, { hint: "run the command again" });
}
