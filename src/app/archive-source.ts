import { open } from "node:fs/promises";
import { untilCancelled } from "../lib/cancel.ts";
import { DistillError, fromSystemError } from "../lib/errors.ts";
import { limitBytes } from "../lib/limit-bytes.ts";
import { unnamedFile } from "../lib/unnamed-file.ts";
import { archiveTree } from "../rootfs/archives/archive-tree.ts";
import { openArchive } from "../rootfs/archives/open-archive.ts";
import { BackingFile, type Content, readContent } from "../rootfs/content.ts";
import type { Tree } from "../rootfs/tree.ts";

/** Bytes that a context may have as it comes. */
const MAX_CONTEXT = 16 * 2 ** 30;

/** What an archive turned out to hold: files, or, where it is none, the text of a Dockerfile. */
export type ArchiveOrText =
  | { readonly kind: "files"; readonly tree: Tree }
  | { readonly kind: "text"; readonly text: string };

/** Files that stay open as long as they are read from. */
export class ArchiveSources implements AsyncDisposable {
  readonly #directory: string;
  readonly #signal: AbortSignal | undefined;
  readonly #opened: AsyncDisposable[] = [];

  /** `directory` is where what comes as a stream is kept meanwhile, in files without a name. */
  constructor(directory: string, signal: AbortSignal | undefined) {
    this.#directory = directory;
    this.#signal = signal;
  }

  /** The bytes of a stream. DISK_FULL where there is no room for them, LIMIT_EXCEEDED above 16 GiB. */
  async spooled(stream: AsyncIterable<Uint8Array>, what: string): Promise<Content> {
    const bytes = untilCancelled(limitBytes(stream, MAX_CONTEXT, what), this.#signal);
    const handle = await unnamedFile(this.#directory, bytes, `${what} to ${this.#directory}`);
    return this.#range(new BackingFile(what, handle), (await handle.stat()).size);
  }

  /** The bytes of a file. */
  async file(path: string): Promise<Content> {
    const handle = await open(path, "r").catch((error) => {
      throw fromSystemError(error, "reading", path);
    });
    return this.#range(new BackingFile(path, handle), (await handle.stat()).size);
  }

  /** The files of an archive; LIMIT_EXCEEDED for what is none and longer than `maxText` bytes, with which nothing can be done. */
  async read(content: Content, name: string, maxText: number): Promise<ArchiveOrText> {
    const options = { name, temporaryDirectory: this.#directory, signal: this.#signal };
    const archive = await openArchive(content, options);
    if (archive === undefined) {
      return { kind: "text", text: Buffer.from(await readContent(content, maxText)).toString("utf8") };
    }
    this.#opened.push(archive);
    return { kind: "files", tree: await archiveTree(archive, { signal: this.#signal }) };
  }

  /** The files of an archive; FORMAT_INVALID for what is none. */
  async files(content: Content, name: string): Promise<Tree> {
    const found = await this.read(content, name, Number.POSITIVE_INFINITY);
    if (found.kind === "files") return found.tree;
    throw new DistillError("FORMAT_INVALID", `${name} is no tar archive`, {
      hint: "a build takes files from a directory, a tar archive (also gzip, bzip2, xz, zstd) or a git repository",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#opened.splice(0)) await each[Symbol.asyncDispose]();
  }

  #range(file: BackingFile, size: number): Content {
    this.#opened.push({ [Symbol.asyncDispose]: () => file.close() });
    return file.range(0, size);
  }
}
