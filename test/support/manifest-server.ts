import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { digestOf } from "../../src/lib/digest.ts";

/** What was asked of one of several servers. */
export interface AskedManifest {
  readonly server: number;
  /** Below /v2/: `app/manifests/1`. */
  readonly path: string;
}

/** Registries over http that have one manifest under every name, or nothing; they note together who was asked what. */
export class ManifestServers {
  readonly asked: AskedManifest[] = [];
  /** Which servers have the manifest. */
  readonly having = new Set<number>();
  readonly #servers: readonly Server[];
  readonly #manifest: Buffer;

  private constructor(count: number, manifest: Buffer) {
    this.#manifest = manifest;
    this.#servers = Array.from({ length: count }, (_, server) =>
      createServer((request, response) => {
        const path = (request.url ?? "").slice("/v2/".length);
        if (path === "") return void response.writeHead(200).end();
        const last = this.asked.at(-1);
        // HEAD and GET of one thing are one question.
        if (last?.server !== server || last.path !== path) this.asked.push({ server, path });
        if (!this.having.has(server)) return void response.writeHead(404).end();
        response.writeHead(200, {
          "content-type": "application/vnd.oci.image.manifest.v1+json",
          "content-length": this.#manifest.length,
          "docker-content-digest": digestOf(this.#manifest),
        });
        response.end(request.method === "HEAD" ? undefined : this.#manifest);
      }),
    );
  }

  static async start(count: number, manifest: Buffer): Promise<ManifestServers> {
    const made = new ManifestServers(count, manifest);
    await Promise.all(
      made.#servers.map((each) => new Promise<void>((resolve) => each.listen(0, "127.0.0.1", () => resolve()))),
    );
    return made;
  }

  /** `127.0.0.1:PORT` of each. */
  get hosts(): readonly string[] {
    return this.#servers.map((each) => `127.0.0.1:${(each.address() as AddressInfo).port}`);
  }

  /** What was asked since the last call. */
  take(): readonly AskedManifest[] {
    return this.asked.splice(0);
  }

  async stop(): Promise<void> {
    for (const each of this.#servers) each.closeAllConnections();
    await Promise.all(this.#servers.map((each) => new Promise((resolve) => each.close(resolve))));
  }
}
