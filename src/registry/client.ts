import { throwIfCancelled } from "../lib/cancel.ts";
import type { TlsSettings } from "../lib/http/agent.ts";
import { Attempts } from "../lib/http/attempts.ts";
import { type Download, download } from "../lib/http/download.ts";
import { networkError } from "../lib/http/errors.ts";
import {
  type HttpHeaders,
  type HttpRequest,
  type HttpResponse,
  requestFollowing,
  sendRequest,
} from "../lib/http/request.ts";
import {
  DEFAULT_HTTP_POLICY,
  type HttpPolicy,
  isTransientError,
  isTransientStatus,
  transferErrorCode,
} from "../lib/http/retry.ts";
import type { Scope } from "./auth/scope.ts";
import { explainCertificate } from "./failures.ts";
import type { Remote } from "./remote.ts";

/** Who knows what a registry wants to see before it answers (auth/authorizer.ts). */
export interface Authorization {
  /** The Authorization header for these scopes, as far as it is known. */
  header(scopes: readonly Scope[]): string | undefined;
  /** Learns from the challenges of a 401; true where the request is worth sending again. */
  challenged(
    challenges: readonly string[],
    origin: URL,
    scopes: readonly Scope[],
    sent: string | undefined,
  ): Promise<boolean>;
}

export interface ClientOptions {
  readonly authorization: Authorization;
  readonly signal: AbortSignal | undefined;
  readonly policy?: Partial<HttpPolicy> | undefined;
}

/** A request to one repository. */
export interface RegistryRequest {
  readonly method: NonNullable<HttpRequest["method"]>;
  /** Below the repository (`manifests/latest`), or an absolute address that the registry gave. */
  readonly at: string | URL;
  readonly scopes: readonly Scope[];
  readonly headers?: HttpHeaders;
  /** Called for each try. */
  readonly body?: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** For the error: "push a layer to". */
  readonly doing: string;
  /** False where the caller itself deals with failures that pass: they are thrown as they are then. */
  readonly retry?: boolean;
  /** True where the registry may have to work before it answers. */
  readonly works?: boolean;
  /** In place of the client's own. */
  readonly signal?: AbortSignal | undefined;
}

/** Plain http answers a TLS greeting with one of these, and nobody at all with the last. */
const NO_TLS: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_UNEXPECTED_EOF_WHILE_READING",
  "EPROTO",
  "ECONNRESET",
  "UND_ERR_SOCKET",
  "ECONNREFUSED",
]);

/**
 * HTTP to one repository of a registry (distribution-spec 1.1): https, or http where that is allowed, credentials for
 * the registry and for nobody else, failures that pass tried again. Answers are given whatever their status, but for 401
 * that was answered and 429 and 5xx that were waited for.
 */
export class RegistryClient {
  readonly remote: Remote;
  readonly #options: ClientOptions;
  readonly #policy: HttpPolicy;
  #base: Promise<string> | undefined;

  constructor(remote: Remote, options: ClientOptions) {
    this.remote = remote;
    this.#options = options;
    this.#policy = { ...DEFAULT_HTTP_POLICY, ...options.policy };
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  get policy(): HttpPolicy {
    return this.#policy;
  }

  /** The scope of this repository for some actions. */
  scope(...actions: Scope["actions"]): Scope {
    return { repository: this.remote.path, actions };
  }

  /** What the registry itself says to us (distribution-spec, end-1). Throws as `request`. */
  async ping(): Promise<HttpResponse> {
    return this.request({ method: "GET", at: new URL(`${await this.#origin()}/v2/`), scopes: [], doing: "use" });
  }

  /** One answer. Throws NETWORK, CANCELLED, and what the authorization throws. */
  async request(request: RegistryRequest): Promise<HttpResponse> {
    const url = await this.#resolve(request.at);
    const attempts = new Attempts(this.#policy, this.signal);
    for (;;) {
      throwIfCancelled(this.signal);
      let response: HttpResponse;
      try {
        response = await this.#authorized(url, request, {});
      } catch (error) {
        throwIfCancelled(this.signal);
        const passing = isTransientError(error);
        if (passing && request.retry === false) throw error;
        if (await attempts.again(passing)) continue;
        throw networkError(url.href, error, attempts.failures, undefined);
      }
      if (request.retry === false || !isTransientStatus(response.status)) return response;
      if (!(await attempts.again(true, response.headers["retry-after"]))) return response;
      await response.discard();
    }
  }

  /**
   * GETs something, body and all: resumed where it breaks off, from byte `from` on. `immutable`: the caller checks its
   * digest. See lib/http/download for what is thrown.
   */
  async download(
    at: string | URL,
    options: {
      readonly headers?: HttpHeaders;
      readonly maxBytes: number;
      readonly immutable: boolean;
      readonly from?: number;
    },
  ): Promise<Download> {
    const url = await this.#resolve(at);
    const request: RegistryRequest = { method: "GET", at: url, scopes: [this.scope("pull")], doing: "read" };
    return download({
      ...{ ...options, url: url.href, policy: this.#policy, signal: this.signal },
      send: (headers) => this.#authorized(url, request, headers),
    });
  }

  async #authorized(url: URL, request: RegistryRequest, more: HttpHeaders): Promise<HttpResponse> {
    const ours = url.origin === new URL(await this.#origin()).origin;
    const { authorization } = this.#options;
    for (let answered = false; ; answered = true) {
      const sent = ours ? authorization.header(request.scopes) : undefined;
      const headers = sent === undefined ? more : { ...more, authorization: sent };
      const response = await this.#send(url, request, headers);
      // A 401 from where a redirect led is not about our credentials.
      if (response.status !== 401 || answered || !ours || response.url.origin !== url.origin) return response;
      const challenges = response.all("www-authenticate");
      if (!(await authorization.challenged(challenges, response.url, request.scopes, sent))) return response;
      await response.discard();
    }
  }

  #send(
    url: URL,
    { method, headers, body, works, signal = this.signal }: RegistryRequest,
    more: HttpHeaders,
  ): Promise<HttpResponse> {
    const content = body?.();
    const { headersTimeout, workTimeout, idleTimeout } = this.#policy;
    const policy = { headersTimeout: works === true ? workTimeout : headersTimeout, idleTimeout };
    const sent: HttpRequest = {
      ...{ url, method, policy, signal, tls: this.#tlsFor(url) },
      headers: { ...headers, ...more },
      ...(content === undefined ? {} : { body: content }),
    };
    const answer = method === "GET" || method === "HEAD" ? requestFollowing(sent) : sendRequest(sent);
    return answer.catch((error) => {
      throw explainCertificate(this.remote, url, error);
    });
  }

  #tlsFor(url: URL): TlsSettings | undefined {
    return url.host === this.remote.host || url.hostname === this.remote.host ? this.remote.tls : undefined;
  }

  async #resolve(at: string | URL): Promise<URL> {
    if (at instanceof URL) return at;
    return new URL(`${await this.#origin()}/v2/${this.remote.path}/${at}`);
  }

  #origin(): Promise<string> {
    this.#base ??= this.#findOrigin().catch((error) => {
      this.#base = undefined;
      throw error;
    });
    return this.#base;
  }

  /** https, or http where that is allowed and https does not answer. */
  async #findOrigin(): Promise<string> {
    const secure = `https://${this.remote.host}`;
    if (!this.remote.mayBePlain) return secure;
    try {
      const response = await sendRequest({
        ...{ url: `${secure}/v2/`, policy: this.#policy, signal: this.signal, tls: this.remote.tls },
      });
      await response.discard();
      return secure;
    } catch (error) {
      throwIfCancelled(this.signal);
      if (NO_TLS.has(transferErrorCode(error) ?? "")) return `http://${this.remote.host}`;
      throw networkError(secure, explainCertificate(this.remote, new URL(secure), error), 1, undefined);
    }
  }
}
