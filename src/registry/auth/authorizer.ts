import { DistillError } from "../../lib/errors.ts";
import type { TlsSettings } from "../../lib/http/agent.ts";
import { DEFAULT_HTTP_POLICY, type HttpPolicy } from "../../lib/http/retry.ts";
import { type Resolve, resolveWithSystem } from "./addresses.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicHeader, type Credential } from "./credential.ts";
import { acceptRealm } from "./realm.ts";
import type { Scope } from "./scope.ts";
import { covers, formatScopes, type ScopeSet, scopeKey, scopeSet } from "./scope-set.ts";
import { requestToken } from "./token.ts";

export interface AuthorizerOptions {
  /** As references have it, for messages: `docker.io`. */
  readonly registry: string;
  /** Asked at most once, when a registry first wants to see one. */
  readonly credentials: () => Promise<Credential | undefined>;
  /** Of the registry; for a token server only on the same host. */
  readonly tls: TlsSettings | undefined;
  readonly signal: AbortSignal | undefined;
  readonly policy?: Partial<HttpPolicy> | undefined;
  /** How host names are looked up where a token server's address is judged. */
  readonly resolve?: Resolve;
  /** Milliseconds of a clock. */
  readonly now?: () => number;
}

/** A token and what it was asked for. */
interface HeldToken {
  readonly header: string;
  readonly scopes: ScopeSet;
  readonly fetched: number;
  /** When it is too old to be sent. */
  readonly stale: number;
  /** It took the place of one that was refused before its time. */
  readonly second: boolean;
}

/** Of a token's lifetime, the part in which it is sent. */
const USABLE = 0.9;
/** A token that replaced a refused one, and is refused within this time too, is not replaced again; milliseconds. */
const TOO_SOON = 10_000;
const MAX_TOKENS = 256;

/**
 * What one registry is shown by this process: credentials, or the tokens that its token server gives for them (Docker's
 * token specification). Nothing is sent before a registry asks. To be used by any number of requests at a time: those
 * that are challenged together share one token.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, HeldToken>();
  readonly #fetching = new Map<string, Promise<HeldToken>>();
  #credential: Promise<Credential | undefined> | undefined;
  /** What is shown for every scope: Basic, or a token for the registry itself. */
  #constant: string | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization header for a request that needs these scopes, as far as it is known without asking anybody. */
  header(scopes: readonly Scope[]): string | undefined {
    return this.#constant ?? this.#held(scopeSet(undefined, scopes))?.header;
  }

  /**
   * After a 401 to a request that was sent with `sent`: learns from the challenges (all WWW-Authenticate values of the
   * answer from `origin`). True where the request is worth sending again: `header` then gives something new. False where
   * nothing better is known. Throws UNAUTHORIZED where the token server refuses, REGISTRY where the challenge names an
   * address that must not be asked or the server's answer makes no sense, NETWORK, CANCELLED.
   */
  async challenged(
    challenges: readonly string[],
    origin: URL,
    scopes: readonly Scope[],
    sent: string | undefined,
  ): Promise<boolean> {
    const offered = parseChallenges(challenges);
    const bearer = offered.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
    const basic = offered.some(({ scheme }) => scheme === "basic");
    if (bearer === undefined && !basic) {
      if (!offered.some(({ scheme }) => scheme === "bearer")) return false;
      throw new DistillError("REGISTRY", `${this.#options.registry} wants a token and does not say where to get one`, {
        hint: "ask who runs the registry",
      });
    }
    const credential = await this.#credentials();
    if (credential?.kind === "registry-token") return this.#show(`Bearer ${credential.token}`, sent);
    if (bearer !== undefined) return this.#renew(bearer, origin, scopes, credential, sent);
    if (credential?.kind !== "password") return false;
    return this.#show(basicHeader(credential.username, credential.password), sent);
  }

  #show(header: string, sent: string | undefined): boolean {
    this.#constant = header;
    return header !== sent;
  }

  async #renew(
    { parameters }: Challenge,
    origin: URL,
    scopes: readonly Scope[],
    credential: Exclude<Credential, { readonly kind: "registry-token" }> | undefined,
    sent: string | undefined,
  ): Promise<boolean> {
    this.#constant = undefined;
    const wanted = scopeSet(undefined, scopes);
    const needed = scopeSet(parameters.get("scope"), scopes);
    const known = this.#held(wanted);
    // Another request was faster.
    if (known !== undefined && known.header !== sent && covers(known.scopes, needed)) return true;
    const refused = this.#forget(sent);
    const again = refused !== undefined && covers(refused.scopes, needed);
    if (again && refused.second && this.#now() - refused.fetched < TOO_SOON) return false;
    const token = await this.#fetch(parameters, origin, { needed, credential, second: again });
    if (this.#tokens.size >= MAX_TOKENS) this.#tokens.clear();
    this.#tokens.set(scopeKey(wanted), token);
    return token.header !== sent;
  }

  /** Joins the request for the same scopes that runs, or starts one. */
  async #fetch(
    parameters: Challenge["parameters"],
    origin: URL,
    {
      needed,
      credential,
      second,
    }: Pick<HeldToken, "second"> & {
      readonly needed: ScopeSet;
      readonly credential: Exclude<Credential, { readonly kind: "registry-token" }> | undefined;
    },
  ): Promise<HeldToken> {
    const [realm = "", service] = [parameters.get("realm"), parameters.get("service")];
    const key = JSON.stringify([realm, service, scopeKey(needed)]);
    const running = this.#fetching.get(key);
    if (running !== undefined) return running;
    const { registry, tls, signal, policy, resolve = resolveWithSystem } = this.#options;
    const fetching = (async (): Promise<HeldToken> => {
      const url = await acceptRealm(realm, origin, { registry, resolve });
      const fetched = this.#now();
      const { token, lifetime } = await requestToken({
        ...{ registry, realm: url, service, scopes: formatScopes(needed), credential, signal },
        tls: url.hostname === origin.hostname ? tls : undefined,
        policy: { ...DEFAULT_HTTP_POLICY, ...policy },
      });
      return { header: `Bearer ${token}`, scopes: needed, fetched, stale: fetched + lifetime * USABLE, second };
    })().finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  /** The token for exactly these scopes, or one that was asked for with more. */
  #held(wanted: ScopeSet): HeldToken | undefined {
    const now = this.#now();
    const usable = (token: HeldToken | undefined): boolean => token !== undefined && now < token.stale;
    const own = this.#tokens.get(scopeKey(wanted));
    if (usable(own)) return own;
    return [...this.#tokens.values()].find((token) => usable(token) && covers(token.scopes, wanted));
  }

  /** Takes a refused token out of every place. */
  #forget(sent: string | undefined): HeldToken | undefined {
    let forgotten: HeldToken | undefined;
    for (const [key, token] of this.#tokens) {
      if (token.header !== sent) continue;
      forgotten = token;
      this.#tokens.delete(key);
    }
    return forgotten;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #credentials(): Promise<Credential | undefined> {
    this.#credential ??= this.#options.credentials();
    return this.#credential;
  }
}
