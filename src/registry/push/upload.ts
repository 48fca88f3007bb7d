import type { Blob } from "../../image/image.ts";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { Attempts } from "../../lib/http/attempts.ts";
import { networkError } from "../../lib/http/errors.ts";
import { isTransientError, isTransientStatus } from "../../lib/http/retry.ts";
import { hasBlob } from "../blobs.ts";
import type { RegistryClient } from "../client.ts";
import { answerFailure, protocolFailure } from "../failures.ts";
import { BlobReader } from "./blob-reader.ts";
import { abandonUpload, beginUpload, closingLocation, resumeUpload, sessionOf, type UploadSession } from "./session.ts";
import type { UploadMemory } from "./upload-memory.ts";

/** Up to here a blob goes out in one request. */
const ONE_REQUEST = 4 << 20;
const LARGEST_CHUNK = 64 << 20;
/** Milliseconds that a chunk is to take, so that no more than that is lost when an upload breaks off. */
const CHUNK_TIME = 2000;
/** Milliseconds that an interrupted upload gets to bring the chunk under way to its end. */
const GRACE = 5000;
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
  /** Whole blobs only: the registry takes no chunks. */
  #whole = false;
  /** Aborted some seconds after the work is. */
  readonly #late: AbortSignal | undefined;

  constructor(client: RegistryClient, blob: Blob, reader: BlobReader, options: UploadOptions) {
    this.#client = client;
    this.#blob = blob;
    this.#reader = reader;
    this.#options = options;
    this.#attempts = new Attempts(client.policy, client.signal);
    this.#late = lingering(client.signal);
  }

  async run(): Promise<void> {
    const { memory } = this.#options;
    const { digest } = this.#blob.descriptor;
    let session = await this.#firstSession();
    for (;;) {
      try {
        await this.#send(session, (next) => {
          session = next;
        });
        await memory.forget(this.#client.remote, digest);
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
        session = (await resumeUpload(this.#client, session.location)) ?? (await this.#begin());
      }
    }
  }

  async #firstSession(): Promise<UploadSession> {
    const { memory, session } = this.#options;
    const { digest, size } = this.#blob.descriptor;
    if (size > ONE_REQUEST) {
      const location = await memory.take(this.#client.remote, digest);
      const known = location === undefined ? undefined : await resumeUpload(this.#client, location);
      if (known !== undefined && known.offset <= size) return known;
    }
    return session ?? this.#begin();
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
    while (session.offset < size) {
      const next = this.#whole ? await this.#sendWhole(session) : await this.#sendChunk(session);
      if (next.offset > size) throw protocolFailure(this.#client.remote, `has more of blob ${digest} than there is`);
      if (next.offset <= session.offset && !this.#whole) {
        throw new Passing(protocolFailure(this.#client.remote, `keeps nothing of blob ${digest}`));
      }
      if (next.offset > session.offset) this.#attempts.forget();
      session = next;
      moved(session);
      this.#options.onProgress(session.offset);
      await this.#options.memory.remember(this.#client.remote, digest, session.location);
      throwIfCancelled(this.#client.signal);
    }
    // A source that turns out to be damaged at its end must not be published.
    await this.#reader.end();
    await this.#close(session, 0);
  }

  async #sendChunk(session: UploadSession): Promise<UploadSession> {
    const { size } = this.#blob.descriptor;
    const { offset } = session;
    const length = Math.min(Math.max(this.#chunk, session.minChunk), size - offset);
    const start = performance.now();
    const response = await this.#client.request({
      ...{ method: "PATCH", at: session.location, doing: "push to", retry: false, signal: this.#late },
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
      this.#whole = true;
      await abandonUpload(this.#client, session.location);
      return this.#sendWhole(await this.#begin());
    }
    await this.#refuse(response, [202, 201, 204]);
    await response.discard();
    this.#adapt(length, performance.now() - start);
    return sessionOf(this.#client, response, offset + length, session.location);
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
    return sessionOf(this.#client, response, size, session.location);
  }

  async #close(session: UploadSession, length: number): Promise<void> {
    const { digest } = this.#blob.descriptor;
    const response = await this.#client.request({
      ...{ method: "PUT", at: closingLocation(session.location, digest), doing: "push to", retry: false },
      scopes: [this.#client.scope("pull", "push")],
      headers: { "content-type": "application/octet-stream", "content-length": String(length) },
      body: () => (length === 0 ? new Uint8Array() : this.#piece(0, length)),
    });
    await this.#refuse(response, [201, 200, 204]);
    await response.discard();
    const said = response.headers["docker-content-digest"];
    if (said !== undefined && said !== digest) {
      throw protocolFailure(this.#client.remote, `has stored ${said} where blob ${digest} was sent`);
    }
    this.#options.onProgress(this.#blob.descriptor.size);
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
}

function lingering(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const late = new AbortController();
  const abort = (): void => void setTimeout(() => late.abort(), GRACE).unref();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return late.signal;
}
