import { createHash } from "node:crypto";
import { DistillError } from "../errors.ts";
import { type Git, GitFailure } from "./run-git.ts";

/** An object as it lies in a repository. */
export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly body: Buffer;
}

/** Objects that are no files are read whole; bytes. */
const MAX_OBJECT = 64 << 20;

/** Names that are sent to git at once. */
const BATCH = 4096;

/** A header line of `git cat-file --batch`. */
const MAX_HEADER = 200;

/** What is not as its name says: a cache that was damaged. */
export class DamagedRepository extends Error {}

/** One object after another, as pieces: its head first, then its bytes. */
export type ObjectPiece =
  | { readonly kind: "head"; readonly id: string; readonly type: string; readonly size: number }
  | { readonly kind: "bytes"; readonly bytes: Buffer };

/**
 * Reads objects of a repository by their names, in the order of `ids`, and compares each with its name, which is a hash of
 * it (SHA-1 or SHA-256): from a commit's name down, nothing needs to be believed. DamagedRepository for one that is missing
 * or wrong.
 */
export async function* readPieces(
  git: Git,
  repository: string,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectPiece> {
  const input = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < ids.length; at += BATCH) {
      yield Buffer.from(
        ids
          .slice(at, at + BATCH)
          .map((id) => `${id}\n`)
          .join(""),
      );
    }
  };
  const source = git.stream(["--git-dir", repository, "cat-file", "--batch", "--buffer"], { signal, input: input() });
  const reader = new Pieces(source);
  try {
    for (const id of ids) {
      const head = await reader.line();
      const [name, type, digits] = head.split(" ");
      if (name !== id || type === undefined || digits === undefined || !/^\d{1,15}$/.test(digits)) {
        throw new DamagedRepository(`${id} is missing: ${head}`);
      }
      const size = Number(digits);
      yield { kind: "head", id, type, size };
      const hash = createHash(id.length === 64 ? "sha256" : "sha1").update(`${type} ${size}\0`);
      for await (const bytes of reader.take(size)) {
        hash.update(bytes);
        yield { kind: "bytes", bytes };
      }
      if (hash.digest("hex") !== id) throw new DamagedRepository(`${id} is not what its name says`);
      await reader.newline();
    }
  } catch (error) {
    // Broken packs make git itself give up.
    throw error instanceof GitFailure ? new DamagedRepository(error.message) : error;
  } finally {
    await source.return(undefined);
  }
}

/** As readPieces, whole objects; LIMIT_EXCEEDED above 64 MiB. */
export async function readObjects(
  git: Git,
  repository: string,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly GitObject[]> {
  const objects: GitObject[] = [];
  let open: { readonly id: string; readonly type: string; readonly parts: Buffer[] } | undefined;
  const finish = (): void => {
    if (open !== undefined) objects.push({ id: open.id, type: open.type, body: Buffer.concat(open.parts) });
  };
  for await (const piece of readPieces(git, repository, ids, signal)) {
    if (piece.kind === "bytes") {
      open?.parts.push(piece.bytes);
      continue;
    }
    finish();
    if (piece.size > MAX_OBJECT) {
      throw new DistillError("LIMIT_EXCEEDED", `a ${piece.type} of a repository has ${piece.size} bytes`);
    }
    open = { id: piece.id, type: piece.type, parts: [] };
  }
  finish();
  return objects;
}

/** Sizes of objects, in the order of `ids`; DamagedRepository for one that is missing or is not of `type`. */
export async function readSizes(
  git: Git,
  repository: string,
  ids: readonly string[],
  type: string,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  const input = Buffer.from(ids.map((id) => `${id}\n`).join(""));
  const maxOutput = ids.length * MAX_HEADER;
  const args = ["--git-dir", repository, "cat-file", "--batch-check", "--buffer"];
  const output = await git.output(args, { signal, input, maxOutput }).catch((error: unknown) => {
    throw error instanceof GitFailure ? new DamagedRepository(error.message) : error;
  });
  const lines = output.toString("latin1").split("\n");
  return ids.map((id, index) => {
    const [name, kind, digits] = (lines[index] ?? "").split(" ");
    if (name === id && kind === type && digits !== undefined && /^\d{1,15}$/.test(digits)) return Number(digits);
    throw new DamagedRepository(`${id} is missing or no ${type}`);
  });
}

/** A stream that is read by lines and by counted bytes. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source;
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = this.#rest.toString("latin1", 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (this.#rest.length > MAX_HEADER) throw new DamagedRepository("git's answer is none");
      await this.#more();
    }
  }

  async *take(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (this.#rest.length === 0) await this.#more();
      const bytes = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(bytes.length);
      left -= bytes.length;
      yield bytes;
    }
  }

  async newline(): Promise<void> {
    if (this.#rest.length === 0) await this.#more();
    if (this.#rest[0] !== 10) throw new DamagedRepository("git's answer is none");
    this.#rest = this.#rest.subarray(1);
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw new DamagedRepository("git's answer ends early");
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
  }
}
