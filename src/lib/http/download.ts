import { createHash } from "node:crypto";
import { cancelled } from "../cancel.ts";
import { DistillError } from "../errors.ts";
import { Attempts } from "./attempts.ts";
import { networkError, statusError } from "./errors.ts";
import { atPace } from "./pace.ts";
import { type HttpHeaders, type HttpResponse, requestFollowing } from "./request.ts";
import { DEFAULT_HTTP_POLICY, type HttpPolicy, isTransientError, isTransientStatus } from "./retry.ts";
import { shownUrl } from "./url.ts";

/** Bytes between two cuts that make a new beginning of it: a long body over a bad line is not given up while it grows. */
const PROGRESS = 1 << 20;

export interface DownloadRequest {
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
  /** A body with more bytes than this is refused with LIMIT_EXCEEDED. */
  readonly maxBytes: number;
  readonly headers?: HttpHeaders;
  /**
   * What is behind the URL never changes, or the caller checks a digest: a cut body is resumed without a validator, and
   * what comes again is not compared with what was delivered.
   */
  readonly immutable?: boolean;
  /** Bytes of the beginning that are not wanted; only of what is immutable. */
  readonly from?: number;
  /** Sends one request with these further headers; `requestFollowing` by default. */
  readonly send?: (headers: HttpHeaders) => Promise<HttpResponse>;
  /** Bytes received so far, and the length that the server announced. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
  readonly policy?: Partial<HttpPolicy>;
  /** What a user could do about a failure, beside looking at the connection and the proxy. */
  readonly hint?: string;
}

/**
 * An answer of any status but those that are retried (408, 429, most of 5xx). Its body is to be read once, to its end or
 * until the reader stops; otherwise call `discard`.
 */
export type Download = HttpResponse;

/**
 * GETs a URL. Failures that may pass (cut connections, timeouts, 408, 429, 5xx) are tried again with growing waits; a
 * body that breaks off is resumed where the server can (RFC 9110, sections 13.1.5 and 14), else fetched anew, with the
 * part that was delivered already compared and skipped. Throws NETWORK, LIMIT_EXCEEDED or CANCELLED, here or while the
 * body is read.
 */
export async function download(request: DownloadRequest): Promise<Download> {
  const transfer = new Transfer(request);
  const response = await transfer.start();
  return { ...response, body: transfer.read(response) };
}

class Transfer {
  readonly #request: DownloadRequest;
  readonly #policy: HttpPolicy;
  /** Of the bytes that the reader has; what a repeated body begins with must give the same. */
  readonly #delivered = createHash("sha256");
  #size: number;
  /** How many bytes of the first answer are not wanted. */
  #repeated: number;
  readonly #attempts: Attempts;
  #sizeAtFailure = 0;

  constructor(request: DownloadRequest) {
    this.#request = request;
    this.#policy = { ...DEFAULT_HTTP_POLICY, ...request.policy };
    this.#attempts = new Attempts(this.#policy, request.signal);
    this.#size = request.from ?? 0;
    this.#repeated = this.#size;
  }

  /** The first answer. One that begins later than at the first byte is given as if it were 200. */
  async start(): Promise<HttpResponse> {
    if (this.#size === 0) return this.open({});
    const response = await this.open({ range: `bytes=${this.#size}-` });
    // 416: it has no such part, and perhaps no parts at all.
    if (response.status !== 206 && response.status !== 416) return response;
    if (response.status === 206 && startOf(response) === this.#size) {
      this.#repeated = 0;
      return { ...response, status: 200, length: totalOf(response, this.#size) };
    }
    await response.discard();
    return this.open({});
  }

  /** One answer that is no passing failure. */
  async open(extraHeaders: HttpHeaders): Promise<HttpResponse> {
    const headers = { ...this.#request.headers, ...extraHeaders };
    for (;;) {
      let response: HttpResponse;
      try {
        response = await this.#send(headers);
      } catch (error) {
        await this.#failed(error, isTransientError(error));
        continue;
      }
      if (isTransientStatus(response.status)) {
        await response.discard();
        const error = statusError(this.#request.url, response.status, this.#attempts.failures + 1, this.#request.hint);
        await this.#failed(error, true, response.headers["retry-after"]);
        continue;
      }
      if ((response.length ?? 0) > this.#request.maxBytes) {
        await response.discard();
        throw this.#tooLong();
      }
      return response;
    }
  }

  async *read(first: HttpResponse): AsyncGenerator<Uint8Array> {
    let response = first;
    let repeated = this.#repeated;
    for (;;) {
      try {
        for await (const chunk of this.#skip(response, repeated)) {
          this.#size += chunk.length;
          if (this.#size > this.#request.maxBytes) throw this.#tooLong();
          if (this.#request.immutable !== true) this.#delivered.update(chunk);
          this.#request.onProgress?.(this.#size, first.length);
          yield chunk;
        }
        return;
      } catch (error) {
        if (first.status !== 200) throw this.#final(error);
        if (this.#size - this.#sizeAtFailure >= PROGRESS) this.#attempts.forget();
        this.#sizeAtFailure = this.#size;
        await this.#failed(error, isTransientError(error));
      }
      ({ response, repeated } = await this.#resume(first));
    }
  }

  /** Another answer for the rest of the body, and how many of its bytes the reader already has. */
  async #resume(first: HttpResponse): Promise<{ response: HttpResponse; repeated: number }> {
    const range = this.#rangeHeaders(first);
    if (range !== undefined) {
      const response = await this.open(range);
      if (response.status === 206 && startOf(response) === this.#size) return { response, repeated: 0 };
      if (response.status === 200) return { response, repeated: this.#size };
      await response.discard();
    }
    const response = await this.open({});
    if (response.status === 200) return { response, repeated: this.#size };
    await response.discard();
    throw statusError(this.#request.url, response.status, this.#attempts.failures + 1, this.#request.hint);
  }

  #rangeHeaders(first: HttpResponse): Record<string, string> | undefined {
    if (this.#size === 0 || first.headers["accept-ranges"] === "none") return undefined;
    const tag = first.headers.etag;
    const validator = tag?.startsWith('"') ? tag : first.headers["last-modified"];
    if (validator === undefined && this.#request.immutable !== true) return undefined;
    const range = { range: `bytes=${this.#size}-` };
    return validator === undefined ? range : { ...range, "if-range": validator };
  }

  /** The body without its first `count` bytes, which must be those that were delivered. */
  async *#skip(response: HttpResponse, count: number): AsyncGenerator<Uint8Array> {
    const repeated = createHash("sha256");
    let left = count;
    for await (const chunk of atPace(response.body, this.#policy)) {
      const known = chunk.subarray(0, left);
      left -= known.length;
      if (known.length > 0) {
        if (this.#request.immutable !== true) repeated.update(known);
        if (
          left === 0 &&
          this.#request.immutable !== true &&
          !repeated.digest().equals(this.#delivered.copy().digest())
        )
          throw this.#changed();
      }
      if (known.length < chunk.length) yield chunk.subarray(known.length);
    }
    if (left > 0) throw this.#changed();
  }

  #send(headers: HttpHeaders): Promise<HttpResponse> {
    const { url, signal, send } = this.#request;
    return send === undefined ? requestFollowing({ url, headers, policy: this.#policy, signal }) : send(headers);
  }

  async #failed(error: unknown, transient: boolean, retryAfter?: string): Promise<void> {
    if (!(await this.#attempts.again(transient, retryAfter))) throw this.#final(error);
  }

  #final(error: unknown): unknown {
    if (this.#request.signal?.aborted) return cancelled();
    return networkError(this.#request.url, error, this.#attempts.failures, this.#request.hint);
  }

  #tooLong(): DistillError {
    const { url, maxBytes } = this.#request;
    return new DistillError("LIMIT_EXCEEDED", `${shownUrl(url)} is longer than the ${maxBytes} bytes allowed`);
  }

  #changed(): DistillError {
    return new DistillError("NETWORK", `${shownUrl(this.#request.url)} changed while it was being downloaded`, {
      hint: "run the command again",
    });
  }
}

/** Where a part begins (RFC 9110, section 14.4). */
function startOf({ headers }: HttpResponse): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
  return start === undefined ? undefined : Number(start);
}

/** The length of the whole of which a part is the rest. */
function totalOf({ length }: HttpResponse, start: number): number | undefined {
  return length === undefined ? undefined : start + length;
}
