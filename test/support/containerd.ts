import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runProgram } from "./engine.ts";
import { unlessTools } from "./tools.ts";

/** For a test's `skip` option: false, or why no containerd can be started here. */
export function unlessContainerd(): false | string {
  return process.getuid?.() === 0 ? unlessTools("containerd", "ctr") : "needs root for containerd";
}

/** A containerd of the test's own, whose exporter is the one that BuildKit and Docker from 25 on write archives with. */
export class Containerd {
  readonly #directory: string;
  readonly #daemon: ChildProcess;

  private constructor(directory: string, daemon: ChildProcess) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  static async start(): Promise<Containerd> {
    const directory = mkdtempSync(join(tmpdir(), "distill-containerd-"));
    const at = (name: string): string => join(directory, name);
    // Nothing of what runs containers is needed, and one of these makes a directory in /opt.
    writeFileSync(
      at("config.toml"),
      'version = 2\ndisabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.grpc.v1.cri"]\n',
    );
    const places = [
      "--config",
      at("config.toml"),
      "--root",
      at("root"),
      "--state",
      at("state"),
      "--address",
      at("c.sock"),
    ];
    const daemon = spawn("containerd", places, { stdio: "ignore" });
    const containerd = new Containerd(directory, daemon);
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await containerd.#ctr("version")).status === 0) return containerd;
      await sleep(100);
    }
    await containerd.stop();
    throw new Error("containerd did not start");
  }

  /** Runs ctr against it; a status other than 0 is an error that shows what was printed. */
  async must(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.#ctr(...args);
    if (status !== 0) throw new Error(`ctr ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  async stop(): Promise<void> {
    if (this.#daemon.exitCode === null) {
      const ended = new Promise<void>((resolve) => this.#daemon.once("exit", () => resolve()));
      this.#daemon.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #ctr(...args: readonly string[]) {
    return runProgram("ctr", ["--address", join(this.#directory, "c.sock"), ...args], { timeout: 60_000 });
  }
}
