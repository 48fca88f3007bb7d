import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Content } from "../../src/image/content.ts";
import { walkContent } from "../../src/image/select.ts";
import { collect } from "./bytes.ts";
import type { Identity } from "./certificates.ts";
import { type Answer, fail, type MemoryOptions, MemoryRegistry, ok } from "./memory-registry.ts";

/** How a registry misbehaves. `times`: how often, before it tells the truth again; default always. */
export type Fault = {
  readonly times?: number;
} /** Answers this and nothing else; `unread`: without waiting for what the client sends. */ & (
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      readonly unread?: boolean;
    }
  /** Closes the connection in place of an answer, once what the client sends has come. */
  | { readonly kind: "hang-up" }
  /** Reads so many bytes of what the client sends, then closes the connection. */
  | { readonly kind: "cut-request"; readonly after: number }
  /** Closes the connection after so many bytes of the body; the announced length is that of the whole. */
  | { readonly kind: "cut"; readonly after: number }
  /** Sends the head and so many bytes, then nothing; without `after` not even the head. */
  | { readonly kind: "stall"; readonly after?: number }
  /** Sends the body a byte at a time, with so many milliseconds between two; this body and status in place of the true ones. */
  | { readonly kind: "drip"; readonly every: number; readonly status?: number; readonly body?: string }
  /** Sends the body, and then zeros for ever; without an announced length. */
  | { readonly kind: "endless" }
  /** The true answer with another status, other headers (undefined takes one away) or another body. */
  | {
      readonly kind: "change";
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | undefined>>;
      readonly location?: (location: string) => string;
      readonly body?: (body: Buffer) => Uint8Array | string;
    }
  /** Gives the whole where a part is asked for. */
  | { readonly kind: "ignore-range" }
  /** Forgets every upload under way, and then answers. */
  | { readonly kind: "drop-uploads" }
);

/** What was asked of a registry. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly status: number | undefined;
}

export interface LyingOptions extends MemoryOptions {
  readonly tls?: Identity;
  /** Who may use it, and how it asks for that; everybody by default. Tokens come from `/token` of the registry itself. */
  readonly auth?: { readonly scheme: "basic" | "bearer"; readonly user: string; readonly password: string };
  /** Of the loopback network; default 127.0.0.1. */
  readonly address?: string;
}

const TOKEN = "a-token-of-the-test";

/** An OCI registry of a test's own that lies where it is told to, and records what it is asked. To be closed. */
export class LyingRegistry {
  readonly asked: Asked[] = [];
  readonly memory: MemoryRegistry;
  readonly #options: LyingOptions;
  readonly #server: Server;
  readonly #faults: { readonly match: (asked: string) => boolean; readonly fault: Fault; left: number }[] = [];

  private constructor(options: LyingOptions) {
    this.#options = options;
    this.memory = new MemoryRegistry(options);
    const { tls } = options;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      // What is cut ends here, on whichever side.
      this.#answer(request, response).catch(() => response.destroy());
    };
    this.#server =
      tls === undefined
        ? createServer(listener)
        : createSecureServer({ key: tls.key, cert: tls.certificate }, listener);
  }

  static async start(options: LyingOptions = {}): Promise<LyingRegistry> {
    const registry = new LyingRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, options.address ?? "127.0.0.1", resolve));
    return registry;
  }

  /** `127.0.0.1:PORT`, as references name it. */
  get host(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? "http" : "https"}://${this.host}`;
  }

  /** Has this image or index from now on, with all its blobs; everything it has is true. */
  async hold(name: string, tag: string, content: Content): Promise<void> {
    const { blobs, manifests, tags } = this.memory.repository(name);
    for await (const each of walkContent(content)) {
      manifests.set(each.descriptor.digest, { bytes: each.raw, type: each.descriptor.mediaType });
      for (const { descriptor, open } of each.kind === "manifest" ? each.blobs : []) {
        blobs.set(descriptor.digest, await collect(open()));
      }
    }
    tags.set(tag, content.descriptor.digest);
  }

  /** Lies from now on about requests that match: `GET /v2/app/blobs/`, a part of method, space and path. */
  fault(match: string | RegExp, fault: Fault): void {
    const matches = (asked: string) => (typeof match === "string" ? asked.includes(match) : match.test(asked));
    this.#faults.push({ match: matches, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Tells the truth from now on. */
  heal(): void {
    this.#faults.length = 0;
  }

  /** The requests that match, as `GET /v2/`. */
  requests(match: string | RegExp): readonly string[] {
    const lines = this.asked.map(({ method, path }) => `${method} ${path}`);
    return lines.filter((line) => (typeof match === "string" ? line.includes(match) : match.test(line)));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    const index = this.asked.push({ method, path: url, headers: request.headers, status: undefined }) - 1;
    response.once("close", () => {
      this.asked[index] = { method, path: url, headers: request.headers, status: response.statusCode };
    });
    const fault = this.#faultFor(`${method} ${url}`);
    const answer = await this.#given(request, fault);
    if (answer === undefined) {
      if (fault?.kind !== "stall") request.socket.destroy();
      return;
    }
    await send(method, answer, response, fault);
  }

  async #given(request: IncomingMessage, fault: Fault | undefined): Promise<Answer | undefined> {
    if (fault?.kind === "answer") {
      if (fault.unread !== true) for await (const _ of request);
      return ok(fault.status, fault.headers, fault.body);
    }
    if (fault?.kind === "cut-request") {
      cutAfter(request, fault.after);
    } else if (fault?.kind === "drop-uploads") {
      this.memory.dropUploads();
    } else if (fault?.kind === "ignore-range") {
      delete request.headers.range;
    }
    const refusal = this.#refusal(request);
    // Read all the same: a client may not look at the answer before it has sent everything.
    if (refusal !== undefined) for await (const _ of request);
    const answer = refusal ?? (await this.memory.answer(request));
    if (fault?.kind === "hang-up" || (fault?.kind === "stall" && fault.after === undefined)) return undefined;
    if (fault?.kind === "drip") return ok(fault.status ?? answer.status, answer.headers, fault.body ?? answer.body);
    return fault?.kind === "change" ? changed(answer, fault) : answer;
  }

  /** The challenge, or the token; undefined for a request that may go on. */
  #refusal({ url = "", headers }: IncomingMessage): Answer | undefined {
    const { auth } = this.#options;
    if (auth === undefined) return undefined;
    const basic = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString("base64")}`;
    if (url.startsWith("/token")) {
      if (headers.authorization !== basic) return fail(401, "UNAUTHORIZED");
      return ok(200, { "content-type": "application/json" }, JSON.stringify({ token: TOKEN, expires_in: 300 }));
    }
    if (headers.authorization === (auth.scheme === "basic" ? basic : `Bearer ${TOKEN}`)) return undefined;
    const challenge =
      auth.scheme === "basic" ? 'Basic realm="test"' : `Bearer realm="${this.url}/token",service="test"`;
    return { ...fail(401, "UNAUTHORIZED"), headers: { "www-authenticate": challenge } };
  }

  #faultFor(asked: string): Fault | undefined {
    const active = this.#faults.find(({ match, left }) => left > 0 && match(asked));
    if (active !== undefined) active.left--;
    return active?.fault;
  }
}

function cutAfter(request: IncomingMessage, after: number): void {
  let received = 0;
  request.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received >= after) request.socket.destroy();
  });
}

function changed(
  answer: Answer,
  { status, headers = {}, location = (given) => given, body }: Fault & { readonly kind: "change" },
): Answer {
  const own = answer.headers.location;
  const moved = own === undefined ? {} : { location: location(own) };
  const entries = Object.entries({ ...answer.headers, ...moved, ...headers });
  const kept = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const bytes = body === undefined ? answer.body : body(Buffer.from(answer.body));
  return ok(status ?? answer.status, Object.fromEntries(kept), bytes);
}

async function send(
  method: string,
  { status, headers, body }: Answer,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  const length = status === 204 || fault?.kind === "endless" ? {} : { "content-length": String(body.length) };
  response.writeHead(status, { ...length, ...headers });
  if (method === "HEAD") {
    response.end();
    return;
  }
  if (fault?.kind === "cut" || fault?.kind === "stall") {
    response.flushHeaders();
    response.write(body.subarray(0, fault.after ?? 0), () => {
      if (fault.kind === "cut") response.destroy();
    });
    return;
  }
  if (fault?.kind === "drip") {
    response.flushHeaders();
    for (let at = 0; at < body.length && !response.destroyed; at++) {
      response.write(body.subarray(at, at + 1));
      await sleep(fault.every);
    }
  } else {
    response.write(body);
  }
  if (fault?.kind === "endless") await pipeline(zeros(), response);
  else response.end();
}

function* zeros(): Generator<Uint8Array> {
  for (const piece = new Uint8Array(64 << 10); ; ) yield piece;
}
