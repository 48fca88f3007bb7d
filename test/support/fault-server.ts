import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** How a server misbehaves over a path. `times`: how often, before it behaves; default always. */
export type Fault = { readonly times?: number } & (
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** To an absolute address or a path. */
  | { readonly kind: "redirect"; readonly to: string }
  /** Cuts the connection after so many bytes of body; the announced length is that of the whole. */
  | { readonly kind: "cut"; readonly after: number }
  /** Closes the connection without an answer. */
  | { readonly kind: "hang-up" }
  /** Serves this text in place of the file, as the page that a hotel's network has for everything. */
  | { readonly kind: "page"; readonly text: string }
  /** Serves the first half as if it were all. */
  | { readonly kind: "half" }
  /** Sends the headers and so many bytes, then nothing. */
  | { readonly kind: "stall"; readonly after: number }
  /** Serves the file with one bit of this byte flipped; negative counts from the end. */
  | { readonly kind: "flip"; readonly at: number }
);

/** What was asked of a server. */
export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ServerOptions {
  /** Serve ranges, with an ETag; default true. */
  readonly ranges?: boolean;
  /** Give an ETag; default true. */
  readonly etags?: boolean;
}

/** Serves a directory over HTTP on the loopback interface, with faults on demand. To be closed. */
export class FaultServer {
  readonly requests: SeenRequest[] = [];
  readonly #directory: string;
  readonly #options: ServerOptions;
  readonly #server: Server;
  #port = 0;
  readonly #faults: { match: (path: string) => boolean; fault: Fault; left: number }[] = [];

  private constructor(directory: string, options: ServerOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(directory: string, options: ServerOptions = {}): Promise<FaultServer> {
    const server = new FaultServer(directory, options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  /** "http://127.0.0.1:PORT", without a slash at the end; still that of the server that was there, once it is closed. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Misbehaves from now on over paths that contain `match`, until `times` are used up or `heal` is called. */
  fault(match: string | RegExp, fault: Fault): void {
    const matches = (path: string) => (typeof match === "string" ? path.includes(match) : match.test(path));
    this.#faults.push({ match: matches, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  /** Paths asked for that contain `part`. */
  asked(part: string): readonly string[] {
    return this.requests.filter(({ path }) => path.includes(part)).map(({ path }) => path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A proxy's client sends the whole address.
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    this.requests.push({ path, range: request.headers.range, headers: request.headers });
    const fault = this.#faultFor(path);
    if (fault?.kind === "status") {
      response.writeHead(fault.status, fault.headers).end(`status ${fault.status}`);
      return;
    }
    if (fault?.kind === "redirect") {
      response.writeHead(302, { location: fault.to }).end();
      return;
    }
    if (fault?.kind === "hang-up") {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === "page") {
      response.writeHead(200, { "content-type": "text/html" }).end(fault.text);
      return;
    }
    let content: Buffer;
    try {
      content = await readFile(join(this.#directory, normalize(path)));
    } catch {
      response.writeHead(404).end("not found");
      return;
    }
    this.#serve(request, response, content, fault);
  }

  #serve(request: IncomingMessage, response: ServerResponse, file: Buffer, fault: Fault | undefined): void {
    let content = file;
    if (fault?.kind === "half") content = file.subarray(0, file.length >> 1);
    if (fault?.kind === "flip") {
      content = Buffer.from(file);
      const at = (fault.at + content.length) % content.length;
      content[at] = (content[at] ?? 0) ^ 1;
    }
    const etag = `"${createHash("sha256").update(file).digest("hex").slice(0, 16)}"`;
    if ((this.#options.etags ?? true) && request.headers["if-none-match"] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const headers: Record<string, string> = (this.#options.etags ?? true) ? { etag } : {};
    const start = this.#rangeStart(request, etag);
    const body = content.subarray(start);
    headers["content-length"] = String(body.length);
    if (start > 0) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (fault?.kind !== "cut" && fault?.kind !== "stall") {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, fault.after), () => {
      if (fault.kind === "cut") response.destroy();
    });
  }

  #rangeStart(request: IncomingMessage, etag: string): number {
    if (!(this.#options.ranges ?? true)) return 0;
    const condition = request.headers["if-range"];
    if (condition !== undefined && condition !== etag) return 0;
    return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  }

  #faultFor(path: string): Fault | undefined {
    const found = this.#faults.find(({ match, left }) => left > 0 && match(path));
    if (found !== undefined) found.left--;
    return found?.fault;
  }
}
