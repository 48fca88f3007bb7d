import { randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectories } from "../lib/directories.ts";
import { fromSystemError } from "../lib/errors.ts";
import { writeStream } from "../lib/files.ts";
import { type CheckoutEntry, loginFor, type Revision } from "../lib/git/checkout.ts";
import { DamagedRepository, readPieces } from "../lib/git/objects.ts";
import type { Repositories } from "../lib/git/repositories.ts";
import type { Git, GitRun } from "../lib/git/run-git.ts";
import { BackingFile, type Content } from "../rootfs/content.ts";

export interface RepositoryContentsOptions {
  readonly git: Git;
  readonly repositories: Repositories;
  /** Where the bytes are kept while the build runs: in files that have no name any more. */
  readonly directory: string;
  readonly run: GitRun;
}

type FileEntry = Extract<CheckoutEntry, { type: "file" }>;

/**
 * What is in the files of one revision. At the first read all of them are taken out of the repository, once, one behind the
 * other, into a file without a name; each is compared with its hash on the way.
 */
export class RevisionContents {
  readonly #revision: Revision;
  readonly #options: RepositoryContentsOptions;
  readonly #places = new Map<string, { readonly offset: number; readonly content: Content }>();
  #size = 0;
  #file: Promise<BackingFile> | undefined;

  constructor(revision: Revision, options: RepositoryContentsOptions) {
    this.#revision = revision;
    this.#options = options;
  }

  /** The content of a file of this revision; to be called for all of them before the first is read. */
  of({ id, size }: Pick<FileEntry, "id" | "size">): Content {
    const known = this.#places.get(id);
    if (known !== undefined) return known.content;
    const offset = this.#size;
    const read = async (from: number, length: number): Promise<Uint8Array> => {
      this.#file ??= this.#extract();
      return (await this.#file).range(offset, size).read(from, length);
    };
    const content: Content = { size, read, identity: () => `git:${id}` };
    this.#places.set(id, { offset, content });
    this.#size += size;
    return content;
  }

  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    await file?.close();
  }

  #extract(): Promise<BackingFile> {
    const { repositories, run } = this.#options;
    const { remote, object } = this.#revision;
    return repositories.use(remote, object, loginFor(remote, run), async (repository) => {
      const handle = await openNameless(this.#options.directory);
      try {
        await writeStream(handle, this.#bytes(repository), remote.shown);
        return new BackingFile(`what was fetched from ${remote.shown}`, handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  async *#bytes(repository: string): AsyncGenerator<Uint8Array> {
    const { git, run } = this.#options;
    const ids = [...this.#places.keys()];
    for await (const piece of readPieces(git, repository, ids, run.signal)) {
      if (piece.kind === "bytes") yield piece.bytes;
      else if (piece.type !== "blob" || piece.size !== this.#places.get(piece.id)?.content.size) {
        throw new DamagedRepository(`${piece.id} has another size than it had`);
      }
    }
  }
}

/** A new file that can be read and written and goes with the process, since it has no name. */
export async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `${randomBytes(8).toString("hex")}.files`);
  try {
    makeDirectories(directory, 0o700);
    const handle = await open(path, "wx+", 0o600);
    await rm(path);
    return handle;
  } catch (error) {
    throw fromSystemError(error, "creating", path);
  }
}
