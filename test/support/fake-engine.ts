import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { digestOf } from "../../src/lib/digest.ts";
import { streamed } from "./tar.ts";

/** How an engine misbehaves. */
export type EngineFault =
  /** `{"error": ...}` in the lines of an answer with status 200. */
  | "refuses to load"
  | "fails to load"
  | "ends the answer early"
  | "cuts the archive"
  | "cuts the upload"
  | "loads something else"
  | "forgets what it loaded"
  | "is no engine"
  | "answers without end";

/** Speaks as much of Docker's API, over a unix socket, as loading and saving take. To be closed. */
export class FakeEngine {
  readonly host: string;
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  /** Archives by image name. */
  readonly images = new Map<string, { readonly id: string; readonly archive: Buffer }>();
  fault: EngineFault | undefined;
  version = "1.41";
  readonly #server: Server;

  private constructor(socket: string) {
    this.host = `unix://${socket}`;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(directory: string): Promise<FakeEngine> {
    const socket = join(directory, "engine.sock");
    const engine = new FakeEngine(socket);
    await new Promise<void>((resolve) => engine.#server.listen(socket, resolve));
    return engine;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Puts a docker archive with one image in. */
  async load(archive: Buffer): Promise<readonly string[]> {
    const { entries } = await streamed(archive);
    const body = (path: string): Buffer => entries.find(({ header }) => header.path === path)?.body ?? Buffer.alloc(0);
    const [image] = JSON.parse(body("manifest.json").toString()) as { Config: string; RepoTags: string[] | null }[];
    if (image === undefined) throw new Error("an archive without an image");
    const id = digestOf(body(image.Config));
    for (const name of [...(image.RepoTags ?? []), id]) this.images.set(name, { id, archive });
    return image.RepoTags ?? [];
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    this.requests.push(`${request.method} ${path}`);
    if (this.fault === "is no engine") return void response.end("<html>welcome</html>");
    if (path === "/_ping") return void response.setHeader("Api-Version", this.version).end("OK");
    const [, rest = ""] = /^\/v\d+\.\d+(\/.*)$/.exec(path) ?? [];
    if (rest.startsWith("/images/load")) return this.#load(request, response);
    const [, name = "", verb] = /^\/images\/(.*)\/(json|get)$/.exec(rest) ?? [];
    const image = this.images.get(decodeURIComponent(name)) ?? this.images.get(`${decodeURIComponent(name)}:latest`);
    if (image === undefined) {
      return void response.writeHead(404).end(JSON.stringify({ message: `No such image: ${name}` }));
    }
    if (verb === "json") return void response.end(JSON.stringify({ Id: image.id }));
    if (this.fault !== "cuts the archive") return void response.end(image.archive);
    response.write(image.archive.subarray(0, image.archive.length / 2), () => response.destroy());
  }

  async #load(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.fault === "cuts the upload") return void request.socket.destroy();
    const archive = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    if (this.fault === "fails to load") {
      return void response.writeHead(500).end(JSON.stringify({ message: "no space left on device" }));
    }
    if (this.fault === "refuses to load") {
      response.write('{"stream":"Loading"}\r\n{"errorDetail":{"message":"archive/tar: invalid');
      return void response.end(' tar header"},"error":"archive/tar: invalid tar header"}\r\n');
    }
    if (this.fault === "ends the answer early") {
      return void response.write('{"stream":', () => response.destroy());
    }
    if (this.fault === "answers without end") {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        if (!response.destroyed) response.once("drain", more);
      };
      return more();
    }
    const names = await this.load(archive);
    for (const name of names) {
      if (this.fault === "forgets what it loaded") this.images.delete(name);
      if (this.fault === "loads something else") this.images.set(name, { id: digestOf("another"), archive });
    }
    response.end(names.map((name) => `${JSON.stringify({ stream: `Loaded image: ${name}\n` })}\r\n`).join(""));
  }
}
