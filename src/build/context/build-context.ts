import { throwIfCancelled } from "../../lib/cancel.ts";
import { DistillError } from "../../lib/errors.ts";
import type { Content } from "../../rootfs/content.ts";
import {
  childOf,
  componentsOf,
  displayPath,
  nameOf,
  pathFromBytes,
  pathFromText,
  ROOT,
  type RootPath,
} from "../../rootfs/path.ts";
import { AnchoredDirectory } from "./anchored-directory.ts";
import { contextContent } from "./context-content.ts";
import { pathInside } from "./path-inside.ts";

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

/** Names that never belong to an app: what version control and Python's compiler keep beside the sources. */
const LEFT_OUT: ReadonlySet<string> = new Set([".git", "__pycache__"]);

const MAX_LINKS = 40;

/** Milliseconds of reading after which other work (Ctrl-C, progress) has its turn. */
const TURN = 50;

/**
 * The directory that a build takes files from. Nothing outside of it is ever read (AnchoredDirectory). Links in a
 * source that is named are followed inside the context; links below it stay links.
 */
export class BuildContext {
  readonly directory: string;
  readonly #root: AnchoredDirectory;
  readonly #without: ReadonlySet<RootPath>;

  private constructor(root: AnchoredDirectory, without: readonly RootPath[]) {
    this.directory = root.path;
    this.#root = root;
    this.#without = new Set(without);
  }

  /**
   * Opens a directory; the files `without`, wherever they are, are no part of it unless they are named themselves.
   * NO_SUCH_PATH where it is none. Close it when its contents have been read.
   */
  static open(directory: string, without: readonly string[] = []): BuildContext {
    const root = AnchoredDirectory.open(directory);
    return new BuildContext(
      root,
      without.flatMap((path) => pathInside(directory, path)),
    );
  }

  close(): void {
    this.#root.close();
  }

  /**
   * What lies at `source` (UTF-8, relative to the context): the entry itself first, as path "", then, for a directory,
   * everything below it with paths relative to it, parents before children, in byte order of names. NO_SUCH_PATH where
   * nothing is there; UNSUPPORTED for sockets, fifos and devices.
   */
  async read(source: string, signal?: AbortSignal): Promise<ContextSource> {
    throwIfCancelled(signal);
    const named = pathFromText(clampDots(source));
    const path = this.#resolve(named, source);
    const entries: ContextEntry[] = [];
    const pending: { readonly at: RootPath; readonly path: RootPath }[] = [{ at: path, path: ROOT }];
    let turn = Date.now();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { at, path } = next;
      const entry = this.#entry(at, path);
      entries.push(entry);
      if (entry.type === "directory") {
        const wanted = (name: string) => !LEFT_OUT.has(name) && !this.#without.has(childOf(at, name));
        const names = this.#root.list(at).filter(wanted);
        for (const name of names.toSorted().reverse())
          pending.push({ at: childOf(at, name), path: childOf(path, name) });
      }
      if (Date.now() - turn < TURN) continue;
      await new Promise((resolve) => setImmediate(resolve));
      throwIfCancelled(signal);
      turn = Date.now();
    }
    return { name: nameOf(named), path, entries };
  }

  #entry(at: RootPath, path: RootPath): ContextEntry {
    const stats = this.#root.lstat(at);
    if (stats === undefined) throw this.#root.changed(at);
    const mode = stats.mode & 0o7777;
    if (stats.isSymbolicLink()) return { type: "symlink", path, target: this.#root.readlink(at) };
    if (stats.isDirectory()) return { type: "directory", path, mode };
    if (stats.isFile()) return { type: "file", path, mode, ...contextContent(this.#root, at) };
    throw new DistillError("UNSUPPORTED", `${this.#root.shown(at)} is ${kindOf(stats)}, and cannot be copied`, {
      hint: "remove it, or name the files beside it one by one",
    });
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
      const stats = this.#root.lstat(at);
      if (stats === undefined) throw this.#missing(source, at);
      if (!stats.isSymbolicLink()) {
        trail.push(name);
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new DistillError("FORMAT_INVALID", `${this.#root.shown(at)} leads through too many symbolic links`);
      }
      const target = this.#root.readlink(at);
      if (target.startsWith("/")) trail = [];
      pending.push(...target.split("/").reverse());
    }
    return pathFromBytes(trail.join("/"));
  }

  #missing(source: string, at: RootPath): DistillError {
    const named = displayPath(pathFromText(clampDots(source)));
    const through = displayPath(at) === named ? "" : `: there is no ${this.#root.shown(at)}`;
    return new DistillError(
      "NO_SUCH_PATH",
      `${named.slice(1)} does not exist in the build context ${this.directory}${through}`,
      {
        hint: /[*?[]/.test(source)
          ? "patterns are not expanded: name files, or the directory that holds them"
          : "paths of copy: are relative to the directory that is built, and do not lead out of it",
      },
    );
  }
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

function kindOf(stats: { isSocket(): boolean; isFIFO(): boolean }): string {
  if (stats.isSocket()) return "a socket";
  return stats.isFIFO() ? "a fifo" : "a device";
}
