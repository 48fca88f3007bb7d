import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Listens, tells its port, and does nothing ever after: the kernel answers until the queue is full. */
const PROGRAM = `
const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  require("node:fs").writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;

/** A port of the loopback interface at which connections neither come about nor are refused. To be closed. */
export class BlackHole {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #filling: readonly Socket[];

  private constructor(port: number, child: ChildProcess, filling: readonly Socket[]) {
    this.port = port;
    this.#process = child;
    this.#filling = filling;
  }

  static async open(): Promise<BlackHole> {
    const child = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
    const [text] = (await once(child.stdout as NonNullable<typeof child.stdout>, "data")) as [Buffer];
    const port = Number(text.toString());
    const filling: Socket[] = [];
    for (let full = false; !full; ) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      filling.push(socket);
      full = await Promise.race([once(socket, "connect").then(() => false), sleep(400, true)]);
    }
    return new BlackHole(port, child, filling);
  }

  async close(): Promise<void> {
    for (const each of this.#filling) each.destroy();
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }
}
