import type { TarMember } from "../../formats/tar/cursor.ts";
import type { TarHeader } from "../../formats/tar/header.ts";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { DistillError } from "../../lib/errors.ts";
import { type Attributes, type FileNode, type Inode, type Node, sameAttributes } from "../node.ts";
import { childOf, componentsOf, displayPath, nameOf, parentOf, pathFromBytes, ROOT, type RootPath } from "../path.ts";
import { nodeFromTar } from "../tar-entries.ts";
import { type Resolved, resolveIn } from "../tree.ts";
import type { TreeEditor } from "../tree-editor.ts";
import { naming } from "./failures.ts";
import type { OpenArchive } from "./open-archive.ts";

/** Entries and missing directories that one archive may make. */
const MAX_ENTRIES = 2_000_000;

/** Bytes of paths, link targets and extended attributes that one archive may make the tree hold. */
const MAX_HELD = 256 * 2 ** 20;

/** Milliseconds of unpacking after which other work (Ctrl-C, progress) has its turn. */
const TURN = 50;

/** What one use of an archive makes of its entries. */
export interface UnpackRules {
  /** Called for each entry before anything of it is done; throws to refuse it. */
  accept(header: TarHeader): void;
  attributesOf(header: TarHeader, path: RootPath): Attributes;
  /** Of directories that the archive leaves out. */
  impliedAttributes(path: RootPath): Attributes;
}

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  /** Entries that are taken; for tests. Default 2,000,000. */
  readonly maxEntries?: number;
}

/**
 * Unpacks an archive into a directory of a tree, as moby's archive.Untar does in a chroot there: links that are on the way
 * to an entry are followed inside the destination, and none that lies at its place; a directory stays where the entry is one, and
 * everything else is replaced. The entry "." is passed over.
 *
 * Gives the paths (in the tree) of all that was written and is still there, made directories among them. FORMAT_INVALID
 * for hard links to nothing and for names that Linux does not allow, FILE_CONFLICT where a file or a link to nothing
 * stands for a directory, LIMIT_EXCEEDED above 2,000,000 entries and 256 MiB of names and attributes. The editor is of no
 * use after a failure.
 */
export async function unpackArchive(
  archive: OpenArchive,
  editor: TreeEditor,
  destination: RootPath,
  rules: UnpackRules,
  options: UnpackOptions,
): Promise<ReadonlySet<RootPath>> {
  const unpacker = new Unpacker(archive, editor, destination, rules, options.maxEntries ?? MAX_ENTRIES);
  throwIfCancelled(options.signal);
  let turn = Date.now();
  for await (const member of archive.members()) {
    try {
      unpacker.unpack(member);
    } catch (error) {
      throw naming(archive.name, error);
    }
    if (Date.now() - turn < TURN) continue;
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(options.signal);
    turn = Date.now();
  }
  return unpacker.done();
}

class Unpacker {
  readonly #archive: OpenArchive;
  readonly #editor: TreeEditor;
  readonly #destination: RootPath;
  readonly #rules: UnpackRules;
  readonly #maxEntries: number;
  readonly #written = new Set<RootPath>();
  /** What hard links say of files that have other attributes. */
  readonly #restated = new Map<Inode, Attributes>();
  /** The directory that the last entry lies in: mostly the next one's too. It stays where it is until something is removed. */
  #entered: { readonly inside: RootPath; readonly path: RootPath } | undefined;
  #directoriesGone = false;
  #made = 0;
  #held = 0;

  constructor(archive: OpenArchive, editor: TreeEditor, destination: RootPath, rules: UnpackRules, maxEntries: number) {
    this.#archive = archive;
    this.#editor = editor;
    this.#destination = destination;
    this.#rules = rules;
    this.#maxEntries = maxEntries;
  }

  unpack(member: TarMember): void {
    const { header } = member;
    this.#rules.accept(header);
    const inside = clampedPath(header.path);
    if (inside === ROOT) {
      this.#unpackRoot(header);
      return;
    }
    let xattrs = 0;
    for (const [name, value] of header.xattrs) xattrs += name.length + value.length;
    this.#count(inside, header.linkname.length + xattrs);
    const path = childOf(this.#enter(parentOf(inside)), nameOf(inside));
    const present = this.#editor.get(path);
    if (present !== undefined && !(present.type === "directory" && header.type === "directory")) {
      this.#editor.remove(path);
      this.#entered = undefined;
      if (present.type === "directory") this.#directoriesGone = true;
    }
    const attributes = this.#rules.attributesOf(header, path);
    const node = this.#nodeOf(member, inside, attributes);
    if (header.type === "hardlink" && node.type === "file") this.#restate(node, attributes);
    this.#put(path, node);
  }

  /** What was written and is still there: entries can be replaced, with all below them. */
  done(): ReadonlySet<RootPath> {
    this.#applyRestated();
    if (!this.#directoriesGone) return this.#written;
    for (const path of this.#written) if (this.#editor.get(path) === undefined) this.#written.delete(path);
    return this.#written;
  }

  /** "." says nothing; "/" and what climbs there are the destination itself. */
  #unpackRoot(header: TarHeader): void {
    if (!header.path.startsWith("/") && !climbs(header.path)) return;
    if (header.type !== "directory") {
      throw new DistillError(
        "FORMAT_INVALID",
        `the entry ${JSON.stringify(header.path.slice(0, 200))} is no directory`,
      );
    }
    const attributes = this.#rules.attributesOf(header, this.#destination);
    this.#put(this.#destination, { type: "directory", attributes, children: new Map() });
  }

  #nodeOf(member: TarMember, inside: RootPath, attributes: Attributes): Node {
    const { header } = member;
    const clean = {
      ...header,
      path: inside,
      linkname: header.type === "hardlink" ? clampedPath(header.linkname) : header.linkname,
    };
    return nodeFromTar(
      clean,
      () => this.#archive.contentOf(member),
      attributes.owner,
      { of: () => attributes },
      {
        find: (target) => this.#resolve(target, false).node,
        share: (target, shared) => this.#put(this.#inTree(this.#resolve(target, false).path), shared),
      },
    );
  }

  /** As chmod, chown and utimes on the new name would do it, a hard link's header counts for all names of the file. */
  #restate(file: FileNode, attributes: Attributes): void {
    if (file.inode === undefined) return;
    const before = this.#restated.get(file.inode) ?? file.attributes;
    const xattrs = attributes.xattrs.size === 0 ? before.xattrs : new Map([...before.xattrs, ...attributes.xattrs]);
    const after = { ...attributes, xattrs };
    if (!sameAttributes(before, after)) this.#restated.set(file.inode, after);
  }

  #applyRestated(): void {
    if (this.#restated.size === 0) return;
    for (const [path, node] of this.#editor.snapshot().entries()) {
      if (node.type !== "file" || node.inode === undefined) continue;
      const attributes = this.#restated.get(node.inode);
      if (attributes !== undefined) this.#put(path, { ...node, attributes });
    }
  }

  /** Where a directory (below the destination) lies in the tree; it is made, with those above it, where nothing is. */
  #enter(directory: RootPath): RootPath {
    if (this.#entered?.inside === directory) return this.#entered.path;
    const { path, node } = this.#resolve(directory, true);
    const entered = node?.type === "directory" ? this.#inTree(path) : this.#make(directory);
    this.#entered = { inside: directory, path: entered };
    return entered;
  }

  /** Makes a directory of which some part is not there, all missing parts at once. */
  #make(directory: RootPath): RootPath {
    const names = componentsOf(directory);
    const above = (count: number): RootPath => names.slice(0, count).join("/") as RootPath;
    let there = 0;
    for (let missing = names.length; missing - there > 1; ) {
      const middle = (there + missing) >> 1;
      if (this.#resolve(above(middle), true).node === undefined) missing = middle;
      else there = middle;
    }
    const parent = this.#resolve(above(there), true);
    if (parent.node?.type !== "directory") throw this.#noDirectory(above(there), parent.node);
    const [name = "", ...rest] = names.slice(there);
    const top = childOf(this.#inTree(parent.path), name);
    const present = this.#editor.get(top);
    if (present !== undefined) throw this.#noDirectory(above(there + 1), present);
    const chain = [top];
    for (const each of rest) chain.push(childOf(chain.at(-1) as RootPath, each));
    // The editor looks at the length of what is put; here that is the top alone.
    const bottom = pathFromBytes(chain.at(-1) as RootPath);
    const directoryAt = (index: number): Node => {
      const path = chain[index] as RootPath;
      this.#count(path, 0);
      this.#written.add(path);
      const below = rest[index];
      const children = new Map(below === undefined ? [] : [[below, directoryAt(index + 1)] as const]);
      return { type: "directory", attributes: this.#rules.impliedAttributes(path), children };
    };
    this.#editor.put(top, directoryAt(0));
    return bottom;
  }

  #noDirectory(inside: RootPath, node: Node | undefined): DistillError {
    const what = node === undefined || node.type === "symlink" ? "a link that leads nowhere" : `a ${node.type}`;
    const shown = displayPath(this.#inTree(inside));
    return new DistillError("FILE_CONFLICT", `it has entries below ${shown}, which is ${what} and no directory`);
  }

  /** A path below the destination, as in a chroot there. */
  #resolve(inside: RootPath, followLast: boolean): Resolved {
    const root = this.#editor.get(this.#destination);
    if (root?.type !== "directory") throw new Error(`${displayPath(this.#destination)} is no directory`);
    return resolveIn(root, componentsOf(inside), followLast);
  }

  #inTree(inside: RootPath): RootPath {
    if (inside === ROOT) return this.#destination;
    return this.#destination === ROOT ? inside : childOf(this.#destination, inside);
  }

  #put(path: RootPath, node: Node): void {
    this.#editor.put(path, node);
    this.#written.add(path);
  }

  #count(inside: RootPath, more: number): void {
    this.#made++;
    this.#held += inside.length + more;
    if (this.#made > this.#maxEntries) {
      throw new DistillError("LIMIT_EXCEEDED", `it makes more than ${this.#maxEntries} files and directories`);
    }
    if (this.#held > MAX_HELD) {
      throw new DistillError("LIMIT_EXCEEDED", `its names and extended attributes take more than ${MAX_HELD} bytes`);
    }
  }
}

/** True where a relative path has more ".." than what stands before them. */
function climbs(bytes: string): boolean {
  let depth = 0;
  for (const part of bytes.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** A path of the archive with its ".." taken as text, and stopped at the top: what filepath.Clean makes of it in a chroot. */
function clampedPath(bytes: string): RootPath {
  if (!bytes.includes("..")) return pathFromBytes(bytes);
  const parts: string[] = [];
  for (const part of bytes.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return pathFromBytes(parts.join("/"));
}
