import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A TCP proxy that counts what passes, at a pace of its own. To be closed. */
export class ByteProxy {
  /** Bytes towards the server, and back from it. */
  up = 0;
  down = 0;
  /** Bytes of the longest chunk that an upload announced (Content-Range of a PATCH). */
  longestChunk = 0;
  readonly #server: Server;
  readonly #rate: number;
  readonly #sockets = new Set<Socket>();
  #free = 0;
  #waiting: { readonly at: number; readonly count: () => number; readonly go: () => void }[] = [];

  private constructor(target: string, rate: number) {
    this.#rate = rate;
    const [host = "", port] = target.split(":");
    this.#server = createServer((client) => {
      const server = connect(Number(port), host);
      this.#join(client, server, (chunk) => {
        this.up += chunk.length;
        this.#note(chunk);
      });
      this.#join(server, client, (chunk) => {
        this.down += chunk.length;
      });
    });
  }

  /** To `host:port`; `rate` in bytes a second, over all connections together. */
  static async start(target: string, rate = Number.POSITIVE_INFINITY): Promise<ByteProxy> {
    const proxy = new ByteProxy(target, rate);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Counts from zero again. */
  reset(): void {
    this.up = 0;
    this.down = 0;
    this.#waiting = [];
  }

  /** Ends once so many bytes have passed in that direction; until then, or until `reset`, it does not. */
  passed(direction: "up" | "down", bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ at: bytes, count: () => this[direction], go: resolve });
      this.#wake();
    });
  }

  /** Ends when every connection has: what a killed client had given to its kernel still passes. */
  async idle(): Promise<void> {
    while (this.#sockets.size > 0) await sleep(20);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(from: Socket, to: Socket, count: (chunk: Buffer) => void): void {
    this.#sockets.add(from);
    from.on("data", (chunk: Buffer) => {
      count(chunk);
      this.#wake();
      from.pause();
      this.#free = Math.max(performance.now(), this.#free) + (chunk.length / this.#rate) * 1000;
      const pause = Math.max(0, this.#free - performance.now());
      const wait = new Promise<void>((resolve) => setTimeout(resolve, pause));
      const taken = new Promise<void>((resolve) => to.write(chunk, () => resolve()));
      void Promise.all([wait, taken]).then(() => from.resume());
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroySoon());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }

  #note(chunk: Buffer): void {
    const head = chunk.subarray(0, 4096).toString("latin1");
    const [, first, last] = /^PATCH .*?\r\ncontent-range: (\d+)-(\d+)\r\n/is.exec(head) ?? [];
    if (first === undefined) return;
    this.longestChunk = Math.max(this.longestChunk, Number(last) - Number(first) + 1);
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ at, count }) => count() >= at);
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { go } of ready) go();
  }
}
