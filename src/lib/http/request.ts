import { Readable } from "node:stream";
import { DistillError } from "../errors.ts";
import { httpAgent, type TlsSettings } from "./agent.ts";
import { dispatch } from "./dispatch.ts";
import type { HttpPolicy } from "./retry.ts";
import { withSystemTrust } from "./trust.ts";
import { shownUrl, splitCredentials } from "./url.ts";

const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What one origin was told is not told to the next (RFC 9110, section 15.4). */
const BOUND_TO_ORIGIN: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

export type HttpHeaders = Readonly<Record<string, string>>;

/** One request. */
export interface HttpRequest {
  readonly url: string | URL;
  /** GET by default. */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: HttpHeaders;
  /** A stream goes out chunked unless the headers announce its length. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly policy: Pick<HttpPolicy, "headersTimeout" | "idleTimeout"> & Partial<Pick<HttpPolicy, "connectTimeout">>;
  /** For the host of `url` alone: a redirect to another host is judged as usual. */
  readonly tls?: TlsSettings | undefined;
  readonly signal: AbortSignal | undefined;
}

/** An answer whose body is still to be read or dropped. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; of a header that came twice, the first. */
  readonly headers: HttpHeaders;
  /** Every value of a header; the name in lower case. */
  all(name: string): readonly string[];
  /** Where the answer came from: another address than was asked where redirects were followed. */
  readonly url: URL;
  /** The Content-Length. */
  readonly length: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/**
 * One GET or HEAD, with redirects followed: at most 10, never in a circle, never from https to http; what is meant for
 * one origin is not told to the next. A transport failure is thrown as it is; a redirect that is not followed is a
 * DistillError.
 */
export async function requestFollowing(request: HttpRequest): Promise<HttpResponse> {
  const start = String(request.url);
  const visited: URL[] = [];
  let url = parseUrl(start, start);
  let { headers = {}, tls } = request;
  for (;;) {
    const response = await sendRequest({ ...request, url, headers, tls });
    const location = response.headers.location;
    if (!REDIRECTS.has(response.status) || location === undefined) return response;
    await response.discard();
    visited.push(url);
    const next = parseUrl(location, start, url);
    refuseBadRedirect(start, visited, next);
    if (next.origin !== url.origin) headers = withoutSecrets(headers);
    if (next.host !== url.host) tls = undefined;
    url = next;
  }
}

/**
 * One request and its answer, whatever that says; a transport failure is thrown as it is. Certificates count that either
 * Node's authorities or the machine's have signed.
 */
export async function sendRequest(given: HttpRequest): Promise<HttpResponse> {
  const { method = "GET", body, policy, signal } = given;
  const target = parseUrl(String(given.url), String(given.url));
  const { url, authorization } = splitCredentials(target);
  const options = () => ({
    ...{ origin: url.origin, path: `${url.pathname}${url.search}`, method },
    ...(body === undefined ? {} : { body: isStream(body) ? readableOf(body) : body }),
    headersTimeout: policy.headersTimeout,
    bodyTimeout: policy.idleTimeout,
    headers: {
      "user-agent": "distill",
      accept: "*/*",
      ...(authorization === undefined ? {} : { authorization }),
      ...given.headers,
    },
  });
  const answer = await withSystemTrust(url.origin, given.tls, async (tls) =>
    dispatch(await httpAgent(tls, policy.connectTimeout), options(), signal),
  );
  const { flat, all } = readHeaders(answer.headers);
  const length = flat["content-length"];
  return {
    status: answer.status,
    headers: flat,
    all,
    url,
    length: length === undefined ? undefined : Number(length),
    body: answer.body,
    discard: () => answer.body.discard(),
  };
}

/** The stream is not begun before the first piece is asked for: one that nobody read can be sent again. */
function readableOf(body: AsyncIterable<Uint8Array>): Readable {
  async function* begun(): AsyncGenerator<Uint8Array> {
    yield* body;
  }
  return Readable.from(begun(), { objectMode: false });
}

function isStream(body: Uint8Array | string | AsyncIterable<Uint8Array>): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && Symbol.asyncIterator in body;
}

function readHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): {
  readonly flat: HttpHeaders;
  readonly all: HttpResponse["all"];
} {
  const lists = new Map<string, readonly string[]>();
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
    lists.set(name.toLowerCase(), values);
    if (values[0] !== undefined) flat[name.toLowerCase()] = values[0];
  }
  return { flat, all: (name) => lists.get(name) ?? [] };
}

function parseUrl(text: string, start: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  const what = base === undefined ? "not an http or https address" : `${shownUrl(start)} redirects to something else`;
  throw new DistillError("NETWORK", `${what}: ${url === null ? "(not a URL)" : shownUrl(url)}`);
}

function refuseBadRedirect(start: string, visited: readonly URL[], next: URL): void {
  const path = [...visited, next].map(shownUrl).join(" -> ");
  const problem = visited.some((url) => url.href === next.href)
    ? "redirects in a circle"
    : visited.length > MAX_REDIRECTS
      ? `redirects more than ${MAX_REDIRECTS} times`
      : visited.at(-1)?.protocol === "https:" && next.protocol === "http:"
        ? "redirects from https to http"
        : undefined;
  if (problem === undefined) return;
  throw new DistillError("NETWORK", `${shownUrl(start)} ${problem}: ${path}`, {
    hint: "the server is set up wrongly; use another mirror",
  });
}

function withoutSecrets(headers: HttpHeaders): HttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !BOUND_TO_ORIGIN.has(name.toLowerCase())));
}
