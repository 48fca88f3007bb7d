import { throwIfCancelled } from "../../lib/cancel.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import type { TlsSettings } from "../../lib/http/agent.ts";
import { Attempts } from "../../lib/http/attempts.ts";
import { networkError, statusError } from "../../lib/http/errors.ts";
import { type HttpRequest, type HttpResponse, sendRequest } from "../../lib/http/request.ts";
import { type HttpPolicy, isTransientError, isTransientStatus } from "../../lib/http/retry.ts";
import { shownUrl } from "../../lib/http/url.ts";
import { basicHeader, type Credential, TOKEN_USER } from "./credential.ts";

/** A request for a token (Docker's token specification; its OAuth2 form for identity tokens). */
export interface TokenRequest {
  /** Of the registry, for messages. */
  readonly registry: string;
  /** Accepted by `acceptRealm`. */
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Exclude<Credential, { readonly kind: "registry-token" }> | undefined;
  readonly tls: TlsSettings | undefined;
  readonly policy: HttpPolicy;
  readonly signal: AbortSignal | undefined;
}

/** What a token server gave. */
export interface IssuedToken {
  readonly token: string;
  /** Milliseconds, counted from when it was asked for. */
  readonly lifetime: number;
}

const MAX_ANSWER = 512 * 1024;
/** Registries refuse headers above some 16 to 64 KiB. */
const MAX_TOKEN = 64 * 1024;
const MAX_REDIRECTS = 3;
const CLIENT = "distill";
const MIN_LIFETIME = 60;
const MAX_LIFETIME = 24 * 3600;

/**
 * Gets a token: with GET and HTTP Basic, anonymously without a credential, and with POST for an identity token; where a
 * server has no POST (404, 405), that token stands for the password. UNAUTHORIZED where the server refuses, NETWORK where
 * it cannot be reached, REGISTRY where its answer makes no sense. No secret is part of a message.
 */
export async function requestToken(request: TokenRequest): Promise<IssuedToken> {
  const { credential } = request;
  if (credential?.kind === "identity") {
    const response = await exchange(request, refreshRequest(request, credential.token));
    if (response.status !== 404 && response.status !== 405) return readToken(request, response);
    await response.discard();
    return readToken(
      request,
      await exchange(request, getRequest(request, credential.username ?? TOKEN_USER, credential.token)),
    );
  }
  return readToken(request, await exchange(request, getRequest(request, credential?.username, credential?.password)));
}

type Exchange = Pick<HttpRequest, "method" | "headers" | "body"> & { readonly url: URL };

function getRequest({ realm, service, scopes }: TokenRequest, username?: string, password?: string): Exchange {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (username === undefined || password === undefined) return { url };
  if (username !== TOKEN_USER) url.searchParams.set("account", username);
  return { url, headers: { authorization: basicHeader(username, password) } };
}

function refreshRequest({ realm, service, scopes }: TokenRequest, token: string): Exchange {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: CLIENT, refresh_token: token });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { url: realm, method: "POST", headers, body: form.toString() };
}

/** One answer that is no passing failure. A redirect is followed with GET and to the same origin only: it takes the credential along. */
async function exchange(request: TokenRequest, first: Exchange): Promise<HttpResponse> {
  const { policy, signal, tls, registry } = request;
  const attempts = new Attempts(policy, signal);
  const shown = shownUrl(request.realm);
  let sent = first;
  for (let redirects = 0; ; ) {
    throwIfCancelled(signal);
    let response: HttpResponse;
    try {
      response = await sendRequest({ ...sent, policy, signal, tls });
    } catch (error) {
      if (await attempts.again(isTransientError(error))) continue;
      throwIfCancelled(signal);
      throw networkError(request.realm.href, error, attempts.failures, TOKEN_HINT);
    }
    if (isTransientStatus(response.status)) {
      await response.discard();
      if (await attempts.again(true, response.headers["retry-after"])) continue;
      throw statusError(request.realm.href, response.status, attempts.failures, TOKEN_HINT);
    }
    const { location } = response.headers;
    if (response.status < 300 || response.status > 399 || location === undefined) return response;
    await response.discard();
    const next = URL.parse(location, sent.url.href);
    const follow = sent.method === undefined && next?.origin === sent.url.origin && redirects < MAX_REDIRECTS;
    if (next === null || !follow) throw broken(registry, shown, "redirects to where credentials do not go");
    redirects++;
    sent = { ...sent, url: withoutUser(next) };
  }
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}

async function readToken(request: TokenRequest, response: HttpResponse): Promise<IssuedToken> {
  const shown = shownUrl(request.realm);
  const { registry, credential } = request;
  if ([400, 401, 403].includes(response.status)) {
    await response.discard();
    throw refusedBy(registry, shown, credential);
  }
  if (response.status !== 200) {
    await response.discard();
    throw statusError(request.realm.href, response.status, 1, TOKEN_HINT);
  }
  const answer = await readAnswer(request, response);
  const token = [answer.token, answer.access_token].find((each) => typeof each === "string" && each !== "");
  if (typeof token !== "string") throw broken(registry, shown, "gives an answer without a token");
  // What is not visible ASCII would not fit into a header, or would begin another one.
  if (token.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(token)) {
    throw broken(registry, shown, "gives a token that cannot be sent");
  }
  return { token, lifetime: lifetimeOf(answer, Date.now()) };
}

interface Answer {
  readonly token?: unknown;
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly issued_at?: unknown;
}

async function readAnswer({ realm, registry, signal }: TokenRequest, response: HttpResponse): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > MAX_ANSWER)
        throw broken(registry, shownUrl(realm), `gives an answer of more than ${MAX_ANSWER} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throwIfCancelled(signal);
    throw isDistillError(error) ? error : networkError(realm.href, error, 1, TOKEN_HINT);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // The parser's message quotes the text, which may hold half a token: it is no cause to keep.
  }
  throw broken(registry, shownUrl(realm), "gives an answer that is not a JSON object");
}

/**
 * `expires_in` seconds, 60 without one and at least, a day at most. A server that hands out tokens from a cache tells by
 * `issued_at` how old they are; where its clock or this one is wrong, the least that the specification promises is left.
 */
function lifetimeOf({ expires_in: seconds, issued_at: issued }: Answer, now: number): number {
  const given = typeof seconds === "number" && Number.isFinite(seconds) ? seconds : MIN_LIFETIME;
  const began = typeof issued === "string" ? Date.parse(issued) : Number.NaN;
  const age = Number.isNaN(began) ? 0 : Math.max(0, (now - began) / 1000);
  return Math.min(MAX_LIFETIME, Math.max(MIN_LIFETIME, given - age)) * 1000;
}

const TOKEN_HINT = "this is the server that gives out tokens for the registry";

/** The UNAUTHORIZED error for somebody whom a registry or its token server does not let in. */
export function refusedBy(registry: string, who: string, credential: Credential | undefined): DistillError {
  if (credential === undefined) {
    return new DistillError("UNAUTHORIZED", `${registry} wants a login for this: ${who} gives nothing to strangers`, {
      hint: `sign in with: distill login ${registry}`,
    });
  }
  const what = credential.kind === "password" ? `user name and password` : "the token that is stored for it";
  return new DistillError("UNAUTHORIZED", `${registry} does not accept ${what}: refused by ${who}`, {
    hint: `sign in anew with: distill login ${registry}`,
  });
}

function broken(registry: string, shown: string, problem: string): DistillError {
  return new DistillError("REGISTRY", `the token server of ${registry}, ${shown}, ${problem}`, {
    hint: "try again; if it stays, ask who runs the registry",
  });
}
