import { closeSync, constants, existsSync, openSync } from "node:fs";
import { DistillError, fromSystemError, systemErrorCode } from "../lib/errors.ts";
import { componentsOf, type RootPath, textOfBytes } from "./path.ts";

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * A path may have 2,000 levels, and a process not so many descriptors. So many levels are held open, and below them each one
 * that is a multiple of this number, so that going up costs few openings.
 */
const HELD = 64;

/**
 * Directories below one that is held open, opened component by component, each in the open directory that holds it
 * (/proc/self/fd/N/NAME with O_NOFOLLOW: Node has no openat). No symbolic link is ever followed below it, whoever puts one there and
 * whenever. Entries that are visited directory by directory cost few system calls.
 */
export class OpenDirectories implements Disposable {
  /** As it was given, for messages. */
  readonly path: string;
  readonly #root: number;
  /** The levels of the directory that was asked for last; those in between that are not held have no descriptor. */
  #levels: { readonly name: string; fd: number | undefined }[] = [];

  private constructor(path: string, root: number) {
    this.path = path;
    this.#root = root;
  }

  /** IO where `path` (links followed) is no directory that this user may read; ENVIRONMENT where /proc is not mounted. */
  static open(path: string): OpenDirectories {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (error) {
      throw fromSystemError(error, "opening", path);
    }
    if (existsSync(`/proc/self/fd/${fd}`)) return new OpenDirectories(path, fd);
    closeSync(fd);
    throw new DistillError("ENVIRONMENT", "/proc is not mounted, and files cannot be written safely without it", {
      hint: "mount -t proc proc /proc",
    });
  }

  /** The same directory once more, for whoever works in two places of it at a time. */
  again(): OpenDirectories {
    return new OpenDirectories(
      this.path,
      openSync(`/proc/self/fd/${this.#root}`, OPEN_DIRECTORY & ~constants.O_NOFOLLOW),
    );
  }

  /** A descriptor of the directory at `path`, open until another one is asked for. IO where something else is there by now. */
  at(path: RootPath): number {
    const names = componentsOf(path);
    let depth = 0;
    while (depth < names.length && this.#levels[depth]?.name === names[depth]) depth++;
    while (depth > 0 && this.#levels[depth - 1]?.fd === undefined) depth--;
    this.#closeFrom(depth);
    let fd = this.#levels[depth - 1]?.fd ?? this.#root;
    for (const name of names.slice(depth)) {
      fd = this.#open(fd, name, path);
      this.#letGo();
      this.#levels.push({ name, fd });
    }
    return fd;
  }

  /** The path for people. */
  shown(path: RootPath): string {
    return `${this.path.replace(/\/+$/, "")}/${textOfBytes(path)}`;
  }

  [Symbol.dispose](): void {
    this.#closeFrom(0);
    closeSync(this.#root);
  }

  #open(parent: number, name: string, path: RootPath): number {
    try {
      return openSync(entryIn(parent, name), OPEN_DIRECTORY);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "ELOOP") {
        throw fromSystemError(error, "opening", this.shown(path));
      }
      throw new DistillError("IO", `${this.shown(path)} changed while it was written`, {
        hint: "let nobody else write there, and run the command again",
      });
    }
  }

  /** Closes the deepest level, which stays known by name, unless it is one of those that are held. */
  #letGo(): void {
    const depth = this.#levels.length - 1;
    const last = this.#levels[depth];
    if (depth < HELD || depth % HELD === 0 || last?.fd === undefined) return;
    closeSync(last.fd);
    last.fd = undefined;
  }

  #closeFrom(depth: number): void {
    for (const { fd } of this.#levels.slice(depth)) if (fd !== undefined) closeSync(fd);
    this.#levels.length = depth;
  }
}

/** A name for an entry of an open directory. `name` is one component, bytes as latin1. */
export function entryIn(directory: number, name: string): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), Buffer.from(name, "latin1")]);
}
