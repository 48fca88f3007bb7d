import type { TarHeader } from "../formats/tar/header.ts";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../formats/tar/writer.ts";
import { DistillError } from "../lib/errors.ts";
import type { Change } from "./diff.ts";
import type { FileNode, Inode, Node } from "./node.ts";
import { displayPath, nameOf, ROOT, type RootPath } from "./path.ts";
import { isMarker, whiteoutOf } from "./whiteout.ts";

export interface LayerOptions {
  /** Seconds since the epoch that every entry carries; "keep" writes each entry's own time. */
  readonly timestamp: number | "keep";
  /** How removals are written: as layers have them, or as overlay file systems have them, which is for unpacking only. */
  readonly whiteouts?: "layer" | "overlay";
}

/** Header blocks and small bodies are gathered to pieces of about this many bytes; what is larger goes on uncopied. */
const PIECE = 64 * 1024;
const ROOM = 2 * PIECE;

/** Bytes from which on a body goes on as it was read: copying it costs more than another piece does. */
const LARGE = 16 * 1024;

/** Bytes of a file that are read at a time. */
const WINDOW = 1024 * 1024;

/**
 * The tar stream of a layer (image-spec, layer.md): the changes in the order given, which must be byte order with each
 * path once. UNSUPPORTED for names that mean something else in a layer. Names of users and groups are left empty, so the bytes depend on nothing but the changes and the options.
 * Among the changes, the first name of a hard-linked file carries its bytes and the others link to it.
 */
export async function* writeLayer(changes: Iterable<Change>, options: LayerOptions): AsyncGenerator<Uint8Array> {
  const firstNames = new Map<Inode, RootPath>();
  const pieces = new Gatherer();
  let last = ROOT;
  for (const { path, node } of changes) {
    if (path <= last) throw new Error(`changes of a layer are out of order at ${displayPath(path)}`);
    last = path;
    refuseMarkerName(path);
    if (node === undefined) {
      pieces.add(encodeHeader(whiteoutHeader(path, options)));
    } else {
      const linkTo = node.type === "file" ? earlierName(firstNames, path, node) : undefined;
      pieces.add(encodeHeader(headerOf(path, node, linkTo, options)));
      if (node.type === "file" && linkTo === undefined) {
        const { content } = node;
        for (let written = 0; written < content.size; ) {
          const wanted = Math.min(WINDOW, content.size - written);
          const chunk = await content.read(written, wanted);
          written += chunk.length;
          if (chunk.length !== wanted) throw shortContent(path, written, content.size);
          if (chunk.length < LARGE) {
            pieces.add(chunk);
          } else {
            yield* pieces.take();
            yield chunk;
          }
          if (pieces.full) yield* pieces.take();
        }
        pieces.add(paddingAfter(node.content.size));
      }
    }
    if (pieces.full) yield* pieces.take();
  }
  pieces.add(END_OF_ARCHIVE);
  yield* pieces.take();
}

function earlierName(firstNames: Map<Inode, RootPath>, path: RootPath, node: FileNode): RootPath | undefined {
  if (node.inode === undefined) return undefined;
  const first = firstNames.get(node.inode);
  if (first === undefined) firstNames.set(node.inode, path);
  return first;
}

function headerOf(path: RootPath, node: Node, linkTo: RootPath | undefined, options: LayerOptions): TarHeader {
  const { mode, uid, gid, mtime, xattrs } = node.attributes;
  const device = node.type === "char" || node.type === "block" ? node : { major: 0, minor: 0 };
  return {
    path: node.type === "directory" ? `${path}/` : path,
    type: linkTo === undefined ? node.type : "hardlink",
    mode,
    uid,
    gid,
    size: node.type === "file" && linkTo === undefined ? node.content.size : 0,
    mtime: options.timestamp === "keep" ? mtime : options.timestamp,
    linkname: linkTo ?? (node.type === "symlink" ? node.target : ""),
    uname: "",
    gname: "",
    devmajor: device.major,
    devminor: device.minor,
    xattrs,
  };
}

function whiteoutHeader(path: RootPath, options: LayerOptions): TarHeader {
  const isDevice = options.whiteouts === "overlay";
  return {
    path: isDevice ? path : whiteoutOf(path),
    type: isDevice ? "char" : "file",
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: options.timestamp === "keep" ? 0 : options.timestamp,
    linkname: "",
    uname: "",
    gname: "",
    devmajor: 0,
    devminor: 0,
    xattrs: new Map(),
  };
}

/** A file of such a name would be read as a removal by everybody who applies the layer. */
function refuseMarkerName(path: RootPath): void {
  if (!isMarker(nameOf(path))) return;
  throw new DistillError(
    "UNSUPPORTED",
    `${displayPath(path)} cannot be put into a layer: names that begin with .wh. mean removals`,
    {
      hint: "leave the file out or rename it",
    },
  );
}

/** Whoever reads the layer would take the next header for contents. */
function shortContent(path: RootPath, found: number, expected: number): DistillError {
  return new DistillError("IO", `${displayPath(path)} gave ${found} bytes where ${expected} were expected`, {
    hint: "the file changed while it was read; run the command again",
  });
}

/** Small pieces become one: they are many, and each would cost more than its bytes. */
class Gatherer {
  #buffer = Buffer.allocUnsafeSlow(ROOM);
  #size = 0;

  get full(): boolean {
    return this.#size >= PIECE;
  }

  add(piece: Uint8Array): void {
    if (this.#size + piece.length > this.#buffer.length) this.#grow(piece.length);
    this.#buffer.set(piece, this.#size);
    this.#size += piece.length;
  }

  *take(): Generator<Uint8Array> {
    if (this.#size === 0) return;
    const gathered = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    if (gathered.length < LARGE) {
      // A copy, so that the room can be used again.
      yield Buffer.from(gathered);
      return;
    }
    this.#buffer = Buffer.allocUnsafeSlow(ROOM);
    yield gathered;
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#size + more));
    larger.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = larger;
  }
}
