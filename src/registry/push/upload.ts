import type { Blob } from "../../image/image.ts";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { Attempts } from "../../lib/http/attempts.ts";
import { networkError } from "../../lib/http/errors.ts";
import { isTransientError, isTransientStatus } from "../../lib/http/retry.ts";
import { hasBlob } from "../blobs.ts";
import type { RegistryClient } from "../client.ts";
import { answerFailure, protocolFailure } from "../failures.ts";
import { BlobReader } from "./blob-reader.ts";
import {
  abandonUpload,
  beginUpload,
  closingLocation,
  refuseOther,
  resumeUpload,
  sessionOf,
  type UploadSession,
} from "./session.ts";
import type { UploadMemory } from "./upload-memory.ts";

/** Up to here a blob goes out in one request. */
const ONE_REQUEST = 4 << 20;
const LARGEST_CHUNK = 64 << 20;
/** Milliseconds that a chunk is to take, so that no more than that is lost when an upload breaks off. */
const CHUNK_TIME = 2000;
/** Milliseconds that an interrupted upload gets to bring the chunk under way to its end. */
const GRACE = 5000;
/** Bytes that make a new beginning of the count of failures. */
const PROGRESS = 1 << 20;
/** Answers of registries that take no chunks, or not like this. */
const NO_CHUNKS: ReadonlySet<number> = new Set([400, 405, 411, 413, 415, 501]);

/** Thrown for an answer that another try may not get. */
class Passing extends Error {
  readonly retryAfter: string | undefined;
  readonly failure: unknown;

  constructor(failure: unknown, retryAfter?: string) {
    super("an answer that may pass");
    this.failure = failure;
    this.retryAfter = retryAfter;
  }
}

export interface UploadOptions {
  readonly memory: UploadMemory;
  /** How many bytes the registry has. */
  readonly onProgress: (done: number) => void;
  /** An upload that the registry has begun for this blob already. */
  readonly session?: UploadSession | undefined;
}

/**
 * Sends a blob: a small one in one request, a larger one in chunks that are sized by how fast they go. What breaks off is
 * resumed where the registry is; when the work is interrupted, the chunk under way gets some seconds to end, so that the
 * next process can go on behind it. Throws NETWORK, REGISTRY, UNAUTHORIZED, CANCELLED, and what the blob's source throws.
 */
export async function uploadBlob(client: RegistryClient, blob: Blob, options: UploadOptions): Promise<void> {
  await using reader = new BlobReader(blob);
  const upload = new Upload(client, blob, reader, options);
  await upload.run();
}

class Upload {
  readonly #client: RegistryClient;
  readonly #blob: Blob;
  readonly #reader: BlobReader;
  readonly #options: UploadOptions;
  readonly #attempts: Attempts;
  #chunk = ONE_REQUEST;
  /** Whole blobs only: the registry takes no chunks, or this one is small. */
  #whole: boolean;
  /** Up to which byte something was sent, and up to which the registry had it when that was last counted as progress. */
  #reach = 0;
  #progress = 0;

  constructor(client: RegistryClient, blob: Blob, reader: BlobReader, options: UploadOptions) {
    this.#client = client;
    this.#blob = blob;
    this.#reader = reader;
    this.#options = options;
    this.#attempts = new Attempts(client.policy, client.signal);
    this.#whole = blob.descriptor.size <= ONE_REQUEST;
  }

  async run(): Promise<void> {
    const { digest } = this.#blob.descriptor;
    let session = await this.#firstSession();
    const moved = (next: UploadSession): void => {
      session = next;
    };
    for (;;) {
      try {
        await this.#send(session, moved);
        await this.#options.memory.forget(this.#client.remote, digest);
        return;
      } catch (error) {
        if (!(error instanceof Passing) && !isTransientError(error)) {
          if (!this.#client.signal?.aborted) await abandonUpload(this.#client, session.location);
          throwIfCancelled(this.#client.signal);
          throw error;
        }
        const { failure, retryAfter } = error instanceof Passing ? error : { failure: error, retryAfter: undefined };
        if (!(await this.#attempts.again(true, retryAfter))) {
          throw networkError(session.location.href, failure, this.#attempts.failures, undefined);
        }
        // The answer to the last request may be all that was lost.
        if (await hasBlob(this.#client, this.#blob.descriptor)) return;
        session = (await this.#resumed(session)) ?? (await this.#begin());
      }
    }
  }

  async #firstSession(): Promise<UploadSession> {
    const { memory, session } = this.#options;
    const { digest, size } = this.#blob.descriptor;
    const location = this.#whole ? undefined : await memory.take(this.#client.remote, digest);
    if (location !== undefined) {
      // The address is as old as the last try: what is wrong with it is no reason to fail.
      const known = await resumeUpload(this.#client, { location }).catch(() => undefined);
      throwIfCancelled(this.#client.signal);
      if (known !== undefined && known.offset <= size) {
        this.#reach = known.offset;
        this.#progress = known.offset;
        return known;
      }
    }
    return session ?? this.#begin();
  }

  /** The upload as far as the registry has it; undefined where it must begin anew. */
  async #resumed(session: UploadSession): Promise<UploadSession | undefined> {
    if (this.#whole) {
      await abandonUpload(this.#client, session.location);
      return undefined;
    }
    const known = await resumeUpload(this.#client, session);
    if (known === undefined || known.offset > this.#reach) return undefined;
    this.#count(known.offset);
    return known;
  }

  async #begin(): Promise<UploadSession> {
    const session = await beginUpload(this.#client);
    if (session === "mounted")
      throw protocolFailure(this.#client.remote, "says that it has mounted what it was not asked to");
    return session;
  }

  /** Sends what the registry lacks, and ends the upload. */
  async #send(start: UploadSession, moved: (session: UploadSession) => void): Promise<void> {
    const { size, digest } = this.#blob.descriptor;
    let session = start;
    this.#options.onProgress(session.offset);
    if (size <= ONE_REQUEST) return this.#close(session, size);
    // A registry that keeps the beginning of a chunk has it even where this process ends in the middle of the first.
    await this.#options.memory.remember(this.#client.remote, digest, session.location);
    while (session.offset < size) {
      if (this.#whole) {
        session = await this.#sendWhole(session);
        moved(session);
        break;
      }
      const length = Math.min(Math.max(this.#chunk, session.minChunk), size - session.offset);
      const next = await this.#sendChunk(session, length);
      if (next === undefined) {
        await abandonUpload(this.#client, session.location);
        this.#whole = true;
        session = await this.#begin();
        moved(session);
        continue;
      }
      moved(next);
      await this.#accept(next, session.offset + length);
      session = next;
    }
    // A source that turns out to be damaged at its end must not be published.
    await this.#reader.end();
    await this.#close(session, 0);
  }

  /** Judges what the registry says that it has, where it should have everything up to `expected`. */
  async #accept(session: UploadSession, expected: number): Promise<void> {
    const { size, digest } = this.#blob.descriptor;
    const { remote, signal } = this.#client;
    const { offset, location } = session;
    if (offset > size) throw protocolFailure(remote, `has more of blob ${digest} than there is`);
    this.#count(offset);
    if (offset !== expected) {
      throw new Passing(protocolFailure(remote, `has ${offset} bytes of blob ${digest}, and was sent ${expected}`));
    }
    this.#options.onProgress(offset);
    await this.#options.memory.remember(remote, digest, location);
    throwIfCancelled(signal);
  }

  /** Each byte counts as progress once, and a few of them do not: else a registry that loses them again could go on for ever. */
  #count(offset: number): void {
    if (offset < this.#progress + PROGRESS) return;
    this.#progress = offset;
    this.#attempts.forget();
  }

  /** Undefined where the registry takes no chunks. */
  async #sendChunk(session: UploadSession, length: number): Promise<UploadSession | undefined> {
    const { offset } = session;
    const start = performance.now();
    this.#reach = Math.max(this.#reach, offset + length);
    using lingering = this.#lingering();
    const response = await this.#client.request({
      ...{ method: "PATCH", at: session.location, doing: "push to", retry: false, signal: lingering.signal },
      scopes: [this.#client.scope("pull", "push")],
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(length),
        "content-range": `${offset}-${offset + length - 1}`,
      },
      body: () => this.#piece(offset, length),
    });
    if (offset === 0 && NO_CHUNKS.has(response.status)) {
      await response.discard();
      return undefined;
    }
    await this.#refuse(response, [202, 201, 204]);
    await response.discard();
    this.#adapt(length, performance.now() - start);
    return sessionOf(this.#client, response, offset + length, session);
  }

  async #sendWhole(session: UploadSession): Promise<UploadSession> {
    const { size } = this.#blob.descriptor;
    const response = await this.#client.request({
      ...{ method: "PATCH", at: session.location, doing: "push to", retry: false },
      scopes: [this.#client.scope("pull", "push")],
      headers: { "content-type": "application/octet-stream", "content-length": String(size) },
      body: () => this.#piece(0, size),
    });
    await this.#refuse(response, [202, 201, 204]);
    await response.discard();
    return sessionOf(this.#client, response, size, session);
  }

  async #close(session: UploadSession, length: number): Promise<void> {
    const { digest, size } = this.#blob.descriptor;
    const response = await this.#client.request({
      ...{ method: "PUT", at: closingLocation(session.location, digest), doing: "push to", retry: false, works: true },
      scopes: [this.#client.scope("pull", "push")],
      headers: { "content-type": "application/octet-stream", "content-length": String(length) },
      body: () => (length === 0 ? new Uint8Array() : this.#piece(0, length)),
    });
    await this.#refuse(response, [201, 200, 204]);
    await response.discard();
    refuseOther(this.#client, digest, response);
    this.#options.onProgress(size);
  }

  async *#piece(offset: number, length: number): AsyncGenerator<Uint8Array> {
    let at = offset;
    for await (const chunk of this.#reader.piece(offset, length)) {
      yield chunk;
      at += chunk.length;
      this.#options.onProgress(at);
    }
  }

  async #refuse(response: Parameters<typeof answerFailure>[1], expected: readonly number[]): Promise<void> {
    const { status } = response;
    if (expected.includes(status)) return;
    const failure = await answerFailure(this.#client.remote, response, "push to");
    // 404 and 416: the registry has another idea of the upload than we have, and is asked for it.
    if (isTransientStatus(status) || status === 404 || status === 416) {
      throw new Passing(failure, response.headers["retry-after"]);
    }
    throw failure;
  }

  /** The next chunk is to take as long as it should. */
  #adapt(length: number, milliseconds: number): void {
    const ideal = (length / Math.max(milliseconds, 1)) * CHUNK_TIME;
    this.#chunk = Math.round(Math.min(Math.max(ideal, ONE_REQUEST), this.#chunk * 4, LARGEST_CHUNK));
  }

  /** Aborted some seconds after the work is. */
  #lingering(): Disposable & { readonly signal: AbortSignal | undefined } {
    const { signal } = this.#client;
    if (signal === undefined) return { signal, [Symbol.dispose]: () => {} };
    const late = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      timer = setTimeout(() => late.abort(), GRACE).unref();
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    return { signal: late.signal, [Symbol.dispose]: stop };
  }
}
