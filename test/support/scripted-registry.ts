import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RegistryClient } from "../../src/registry/client.ts";

/** What a request gets; a status of 404 without it. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** A request as it came. */
export interface Request {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: Buffer;
}

/** A registry without memory: a function says what each request gets. */
export class ScriptedRegistry {
  readonly requests: Request[] = [];
  /** To be set by each test. */
  answer: (request: Request) => Scripted | undefined = () => undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (incoming, response) => {
      const body = Buffer.concat(await Array.fromAsync(incoming));
      const request: Request = { method: incoming.method ?? "", path: incoming.url ?? "", body };
      this.requests.push(request);
      const { status = 200, headers = {}, body: text = "" } = this.answer(request) ?? { status: 404 };
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.writeHead(status);
      response.end(text);
    });
  }

  static async start(): Promise<ScriptedRegistry> {
    const registry = new ScriptedRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** For its repository `app`; it tries nothing twice. */
  client(): RegistryClient {
    const remote = {
      ...{ registry: this.host, host: this.host, path: "app", credentialKey: `${this.host}/app` },
      ...{ tls: undefined, mayBePlain: true, mirror: false },
    };
    const authorization = { header: () => undefined, challenged: async () => false };
    const policy = { attempts: 1, firstDelay: 1, maxDelay: 1 };
    return new RegistryClient(remote, { authorization, signal: undefined, policy });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
