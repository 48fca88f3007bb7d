import { type Digest, Digester } from "../../lib/digest.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { type Download, type DownloadRequest, download } from "../../lib/http/download.ts";
import { statusError } from "../../lib/http/errors.ts";
import { shownUrl } from "../../lib/http/url.ts";

/** A file of an archive of which all is known but the bytes. */
export interface ExpectedFile {
  /** Places to look at in turn, as long as the answer is 404. */
  readonly urls: readonly string[];
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export type TransferOptions = Pick<DownloadRequest, "signal" | "policy" | "hint" | "headers" | "onProgress">;

/**
 * Downloads a file and hands its bytes to `consume` as they come; what `consume` makes is returned only if size and
 * SHA-256 were right. DIGEST_MISMATCH names the URL and both values, also when `consume` failed over wrong bytes.
 * NETWORK where no place has the file.
 */
export async function consumeVerified<T>(
  file: ExpectedFile,
  options: TransferOptions,
  consume: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const { response, url } = await firstFound(file, options);
  const body = new VerifiedBody(response.body, file, url);
  try {
    const value = await consume(body);
    await body.drain();
    return value;
  } catch (error) {
    throw await body.blame(error);
  } finally {
    await body.close();
  }
}

async function firstFound(file: ExpectedFile, options: TransferOptions): Promise<{ response: Download; url: string }> {
  let failure: DistillError | undefined;
  for (const url of file.urls) {
    const response = await download({ ...options, url, maxBytes: Number.MAX_SAFE_INTEGER, immutable: true });
    if (response.status === 200) return { response, url };
    await response.discard();
    failure = statusError(url, response.status, 1, options.hint);
    if (response.status !== 404) break;
  }
  throw failure ?? new Error("a file without a URL");
}

/** A body that checks itself. It outlives the reader: when one fails half-way, the rest still tells whose fault it is. */
class VerifiedBody implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #file: ExpectedFile;
  readonly #url: string;
  readonly #digester = new Digester();
  #ended = false;
  #failure: unknown;

  constructor(source: AsyncIterable<Uint8Array>, file: ExpectedFile, url: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#file = file;
    this.#url = url;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#next() };
  }

  /** Reads what the reader has left. */
  async drain(): Promise<void> {
    while ((await this.#next()).done !== true);
  }

  /** What to throw for a reader's `error`: the body's own failure where it had one or has one in what was not read. */
  async blame(error: unknown): Promise<unknown> {
    if (this.#failure !== undefined) return this.#failure;
    if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED", "UNSUPPORTED")) return error;
    try {
      await this.drain();
      return error;
    } catch {
      return this.#failure;
    }
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#source.return?.();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      const next = await this.#source.next();
      if (next.done === true) {
        this.#ended = true;
        this.#check();
      } else {
        this.#digester.update(next.value);
        if (this.#digester.size > this.#file.size) throw this.#mismatch(`${this.#file.size} bytes`, "more");
      }
      return next;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #check(): void {
    const { size, digest } = this.#file;
    const actual = this.#digester.digest();
    if (this.#digester.size < size) throw this.#mismatch(`${size} bytes`, String(this.#digester.size));
    if (actual !== digest) throw this.#mismatch(digest, actual);
  }

  #mismatch(expected: string, got: string): DistillError {
    return new DistillError(
      "DIGEST_MISMATCH",
      `${shownUrl(this.#url)} is not the file that the signed index lists: expected ${expected}, got ${got}`,
      {
        hint: "the mirror has a damaged file, or is being updated: try again in a few minutes, or use another mirror",
      },
    );
  }
}
