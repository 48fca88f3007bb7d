import { createHash } from "node:crypto";
import { DistillError } from "../../lib/errors.ts";
import type { CopyStep } from "../../plan/plan.ts";
import type { Account } from "../../rootfs/accounts.ts";
import { Attributer, type Node } from "../../rootfs/node.ts";
import { displayPath, parentOf, pathFromBytes, pathFromText, type RootPath, textOfBytes } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { ContextEntry, ContextSource } from "../context/build-context.ts";

/** What the step's files are: path, type, executable bit and contents; no owner on disk and no time. */
export function fingerprint(sources: readonly ContextSource[]): string {
  const hash = createHash("sha256");
  for (const { name, entries } of sources) {
    hash.update(JSON.stringify(["source", name]));
    for (const entry of entries) {
      const detail = entry.type === "file" ? entry.sha256 : entry.type === "symlink" ? entry.target : "";
      const executable = entry.type === "file" && isExecutable(entry.mode);
      hash.update(JSON.stringify([entry.path, entry.type, executable, detail]));
    }
  }
  return hash.digest("hex");
}

/**
 * The tree with the sources copied into it, as COPY does: a directory's contents go into the destination, a file goes
 * into a destination that is a directory or ends with a slash, and becomes the destination otherwise. Links in the
 * destination are followed inside the image. Modes do not depend on the builder's umask: 0755 for directories and
 * executables, 0644 for the rest, unless the step gives one for files.
 */
export function copyInto(tree: Tree, step: CopyStep, sources: readonly ContextSource[], account: Account): Tree {
  const editor = new TreeEditor(tree);
  const copier = new Copier(editor, step, account);
  for (const source of sources) copier.copy(source, sources.length > 1);
  return editor.done();
}

class Copier {
  readonly #editor: TreeEditor;
  readonly #step: CopyStep;
  readonly #account: Account;
  readonly #attributer = new Attributer();
  #made: RootPath | undefined;

  constructor(editor: TreeEditor, step: CopyStep, account: Account) {
    this.#editor = editor;
    this.#step = step;
    this.#account = account;
  }

  copy({ name, path, entries }: ContextSource, several: boolean): void {
    const [top, ...rest] = entries;
    if (top === undefined) return;
    const destination = this.#editor.follow(pathFromText(this.#step.destination));
    if (top.type !== "directory") {
      const intoDirectory = several || this.#step.destination.endsWith("/") || destination.node?.type === "directory";
      this.#put(intoDirectory ? join(destination.path, name) : destination.path, top, path);
      return;
    }
    this.#makeDirectories(destination.path, path);
    for (const entry of rest) this.#put(join(destination.path, entry.path), entry, join(path, entry.path));
  }

  #put(path: RootPath, entry: ContextEntry, source: RootPath): void {
    const at = this.#editor.followParents(path);
    this.#makeDirectories(parentOf(at.path), source);
    if (entry.type === "directory") {
      if (this.#editor.follow(at.path).node?.type === "directory") return;
      this.#makeDirectories(at.path, source);
    } else {
      if (at.node?.type === "directory") throw directoryInTheWay(at.path, source);
      this.#editor.put(at.path, this.#node(entry, source));
    }
  }

  #node(entry: Exclude<ContextEntry, { type: "directory" }>, source: RootPath): Node {
    if (entry.type === "symlink")
      return { type: "symlink", attributes: this.#attributes(0o777, source), target: entry.target };
    const mode = this.#step.mode ?? (isExecutable(entry.mode) ? 0o755 : 0o644);
    return { type: "file", attributes: this.#attributes(mode, source), content: entry.content, inode: undefined };
  }

  /** Entries come directory by directory, and a directory that is there stays: mostly nothing is left to do. */
  #makeDirectories(path: RootPath, source: RootPath): void {
    if (path === this.#made) return;
    this.#editor.makeDirectories(path, this.#attributes(0o755, source));
    this.#made = path;
  }

  #attributes(mode: number, source: RootPath) {
    return this.#attributer.of({ mode, ...this.#account, owner: { kind: "context", path: textOfBytes(source) } });
  }
}

function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0;
}

function join(directory: RootPath, rest: string): RootPath {
  return pathFromBytes(`${directory}/${rest}`);
}

function directoryInTheWay(path: RootPath, source: RootPath): DistillError {
  return new DistillError(
    "FILE_CONFLICT",
    `${textOfBytes(source)} cannot be copied to ${displayPath(path)}: the image has a directory there`,
    {
      hint: "give it another name, or copy it somewhere else",
    },
  );
}
