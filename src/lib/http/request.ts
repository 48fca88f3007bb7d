import { DistillError } from "../errors.ts";
import { httpAgent } from "./agent.ts";
import type { HttpPolicy } from "./retry.ts";
import { shownUrl, splitCredentials } from "./url.ts";

const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What one origin was told is not told to the next (RFC 9110, section 15.4). */
const BOUND_TO_ORIGIN: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/** An answer whose body is still to be read or dropped. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The Content-Length. */
  readonly length: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

/**
 * One GET, with redirects followed: at most 10, never in a circle, never from https to http. A transport failure is
 * thrown as it is; a redirect that is not followed is a DistillError.
 */
export async function requestFollowing(
  start: string,
  headers: Readonly<Record<string, string>>,
  policy: HttpPolicy,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const visited: URL[] = [];
  let url = parseUrl(start, start);
  let sent = headers;
  for (;;) {
    const response = await requestOnce(url, sent, policy, signal);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.status) || location === undefined) return response;
    await response.discard();
    visited.push(url);
    const next = parseUrl(location, start, url);
    refuseBadRedirect(start, visited, next);
    if (next.origin !== url.origin) sent = withoutSecrets(sent);
    url = next;
  }
}

async function requestOnce(
  target: URL,
  headers: Readonly<Record<string, string>>,
  policy: HttpPolicy,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const { request, dispatcher } = await httpAgent();
  const { url, authorization } = splitCredentials(target);
  const response = await request(url, {
    dispatcher,
    signal: signal ?? null,
    headersTimeout: policy.headersTimeout,
    bodyTimeout: policy.idleTimeout,
    headers: {
      "user-agent": "distill",
      accept: "*/*",
      ...(authorization === undefined ? {} : { authorization }),
      ...headers,
    },
  });
  const flat = flatten(response.headers);
  const length = flat["content-length"];
  return {
    status: response.statusCode,
    headers: flat,
    length: length === undefined ? undefined : Number(length),
    body: response.body,
    discard: () => response.body.dump().catch(() => {}),
  };
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) flat[name.toLowerCase()] = first;
  }
  return flat;
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

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !BOUND_TO_ORIGIN.has(name.toLowerCase())));
}
