import { createSign, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Identity } from "./certificates.ts";
import type { TokenTrust } from "./registry.ts";

export interface TokenServerOptions {
  /** Whose key signs the tokens: an authority of `makeRoot`. */
  readonly signer: Identity;
  /** Passwords by user; each may do everything. */
  readonly users: Readonly<Record<string, string>>;
  /** What strangers may do with any repository; nothing by default, and then they get no token either. */
  readonly anonymous?: readonly string[];
  /** Users by the refresh token (identity token) that stands for them. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** False: a POST is answered with 405. */
  readonly post?: boolean;
  /** Seconds that tokens are good for, and said to be. */
  readonly lifetime?: number;
  /** Https with this key and certificate. */
  readonly tls?: Identity;
}

/** What a client asked for. */
export interface TokenAsked {
  readonly method: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** Whom it took the client for. */
  readonly user: string | undefined;
  readonly status: number;
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const SERVICE = "registry.test";
const ISSUER = "issuer.test";

/**
 * A server that gives out tokens as Docker's token specification has them: by GET with HTTP Basic, and by POST for
 * refresh tokens. A `Registry` takes them with the option `token: server.trust`.
 */
export class TokenServer {
  readonly asked: TokenAsked[] = [];
  readonly #options: TokenServerOptions;
  readonly #server: Server;

  private constructor(options: TokenServerOptions) {
    this.#options = options;
    const { tls } = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    this.#server =
      tls === undefined ? createServer(answer) : createSecureServer({ key: tls.key, cert: tls.certificate }, answer);
  }

  static async start(options: TokenServerOptions): Promise<TokenServer> {
    const server = new TokenServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get realm(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}/token`;
  }

  /** What a registry must know to take these tokens. */
  get trust(): TokenTrust {
    return {
      ...{ realm: this.realm, service: SERVICE, issuer: ISSUER },
      certificates: this.#options.signer.certificate,
    };
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET" } = request;
    const url = new URL(request.url ?? "/", "http://host");
    const body = method === "POST" ? new URLSearchParams(await textOf(request)) : undefined;
    const fields = body ?? url.searchParams;
    const scopes = fields.getAll("scope").flatMap((each) => each.split(" "));
    const user = body === undefined ? this.#basicUser(request) : this.#refreshUser(body);
    const known = user !== undefined && user !== "";
    const strangers = user === undefined && this.#options.anonymous !== undefined && body === undefined;
    const status =
      url.pathname !== "/token"
        ? 404
        : body !== undefined && this.#options.post === false
          ? 405
          : known || strangers
            ? 200
            : 401;
    this.asked.push({
      method,
      service: fields.get("service") ?? undefined,
      scopes,
      user: known ? user : undefined,
      status,
    });
    response.writeHead(status, { "content-type": "application/json" });
    response.end(status === 200 ? this.#token(scopes, user, url.searchParams) : JSON.stringify({ errors: [] }));
  }

  /** Undefined without credentials, empty for wrong ones. */
  #basicUser({ headers }: IncomingMessage): string | undefined {
    if (headers.authorization === undefined) return undefined;
    const [, encoded = ""] = /^Basic (.+)$/.exec(headers.authorization) ?? [];
    const [, user = "", password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
    if (this.#options.users[user] === password && password !== undefined) return user;
    return this.#options.refreshTokens?.[password ?? ""] ?? "";
  }

  #refreshUser(body: URLSearchParams): string {
    if (body.get("grant_type") === "password") {
      const user = body.get("username") ?? "";
      return this.#options.users[user] === body.get("password") ? user : "";
    }
    if (body.get("grant_type") !== "refresh_token" || !body.get("client_id")) return "";
    return this.#options.refreshTokens?.[body.get("refresh_token") ?? ""] ?? "";
  }

  #token(scopes: readonly string[], user: string | undefined, query: URLSearchParams): string {
    const { anonymous = [], lifetime = 300, refreshTokens = {} } = this.#options;
    const access = scopes.map(parseScope).flatMap((each): readonly Access[] => {
      if (each === undefined) return [];
      return [
        { ...each, actions: user === undefined ? each.actions.filter((one) => anonymous.includes(one)) : each.actions },
      ];
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: ISSUER, sub: user ?? "", aud: SERVICE, jti: randomUUID() },
      ...{ iat: now, nbf: now - 10, exp: now + lifetime, access },
    };
    const offline = query.get("offline_token") === "true";
    const refresh = offline ? Object.entries(refreshTokens).find(([, name]) => name === user)?.[0] : undefined;
    return JSON.stringify({
      token: sign(claims, this.#options.signer),
      ...{ expires_in: lifetime, issued_at: new Date(now * 1000).toISOString() },
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
    });
  }
}

function parseScope(text: string): Access | undefined {
  const [, type, name, actions] = /^([^:]+):(.+):([^:]+)$/.exec(text) ?? [];
  if (type === undefined || name === undefined || actions === undefined) return undefined;
  return { type, name, actions: actions.split(",") };
}

/** A JSON Web Token (RFC 7519) with the certificate of its key inside (RFC 7515, x5c). */
function sign(claims: object, { key, certificate }: Identity): string {
  const der = certificate.replace(/-----[^-]+-----|\s/g, "");
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ typ: "JWT", alg: "RS256", x5c: [der] })}.${encode(claims)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key).toString("base64url")}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
