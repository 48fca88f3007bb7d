import type { Content } from "../../rootfs/content.ts";
import type { Change } from "../../rootfs/diff.ts";
import type { FileNode } from "../../rootfs/node.ts";
import { nameOf, parentOf, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";

/** Python 2.7 has a header of its own; 3.7 put flags into it (PEP 552). */
const PYTHON_2 = 62211;
const FIRST_WITH_FLAGS = 3390;
const HEADER = 16;

/**
 * Compiled Python files name the time of their source, and are passed over where it has another one. Where a layer gives its files
 * the time `timestamp` (seconds since the epoch), those compiled files in it get it too whose sources do. Files of a base
 * keep their times, and so do what was compiled from them.
 */
export function* withBytecodeTimes(changes: Iterable<Change>, tree: Tree, timestamp: number): Generator<Change> {
  for (const change of changes) {
    const { path, node } = change;
    const source = node?.type === "file" && path.endsWith(".pyc") ? sourceOf(path, tree) : undefined;
    if (source === undefined || node?.type !== "file") yield change;
    else yield { path, node: { ...node, content: new Bytecode(node.content, source, timestamp) } };
  }
}

/** `__pycache__/NAME.TAG.pyc` is of `NAME.py` above it (PEP 3147), `NAME.pyc` of the one beside it. */
function sourceOf(path: RootPath, tree: Tree): FileNode | undefined {
  const directory = parentOf(path);
  const isCached = nameOf(directory) === "__pycache__";
  const [stem = ""] = nameOf(path).split(isCached ? /\.[^.]+(?:\.opt-[^.]+)?\.pyc$/ : /\.pyc$/);
  const beside = isCached ? parentOf(directory) : directory;
  const node = tree.get(`${beside === "" ? "" : `${beside}/`}${stem}.py` as RootPath);
  return node?.type === "file" && node.attributes.owner.kind !== "base" ? node : undefined;
}

class Bytecode implements Content {
  readonly size: number;
  readonly #content: Content;
  readonly #source: FileNode;
  readonly #timestamp: number;
  #header: Promise<Buffer> | undefined;

  constructor(content: Content, source: FileNode, timestamp: number) {
    this.size = content.size;
    this.#content = content;
    this.#source = source;
    this.#timestamp = timestamp;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#content.read(offset, length);
    if (offset >= HEADER) return bytes;
    this.#header ??= this.#changedHeader();
    const header = (await this.#header).subarray(offset, offset + bytes.length);
    const changed = Buffer.from(bytes);
    header.copy(changed);
    return changed;
  }

  async #changedHeader(): Promise<Buffer> {
    const header = Buffer.from(await this.#content.read(0, HEADER));
    const at = timeIn(header);
    if (at === undefined) return header;
    const { mtime } = this.#source.attributes;
    const isOfSource = header.readUInt32LE(at) === Math.floor(mtime) % 2 ** 32;
    if (isOfSource) header.writeUInt32LE(Math.floor(this.#timestamp) % 2 ** 32, at);
    return header;
  }
}

/** Where a header names a time; undefined where it names a hash, or is none. */
function timeIn(header: Buffer): number | undefined {
  if (header.length < HEADER || header.toString("latin1", 2, 4) !== "\r\n") return undefined;
  const magic = header.readUInt16LE(0);
  if (magic === PYTHON_2 || magic < FIRST_WITH_FLAGS) return 4;
  return header.readUInt32LE(4) === 0 ? 8 : undefined;
}
