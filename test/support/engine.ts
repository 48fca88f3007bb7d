import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { unlessTools } from "./tools.ts";

const run = promisify(execFile);
const OUTPUT_LIMIT = 64 * 1024 * 1024;

/** What a command printed and how it ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its status. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly timeout?: number } = {},
): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(file, [...args], { maxBuffer: OUTPUT_LIMIT, ...options });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: number | string; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { status: code, stdout, stderr };
  }
}

/** For a test's `skip` option: false, or why no Docker engine can be started here. */
export function unlessEngine(): false | string {
  return process.getuid?.() === 0
    ? unlessTools("dockerd", "docker", "containerd", "runc", "umount", "openssl")
    : "needs root for a Docker engine";
}

/** A Docker engine of the test's own: its data, its socket, no bridge and no iptables. */
export class Engine {
  readonly #directory: string;
  readonly #daemon: ChildProcess;

  private constructor(directory: string, daemon: ChildProcess) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  static async start(): Promise<Engine> {
    const directory = mkdtempSync(join(tmpdir(), "distill-engine-"));
    const log = openSync(join(directory, "log"), "w");
    const flags = ["--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")];
    const socket = ["-H", `unix://${directory}/d.sock`, "--pidfile", join(directory, "pid")];
    const daemon = spawn("dockerd", [...flags, ...socket, "--iptables=false", "--bridge=none"], {
      stdio: ["ignore", log, log],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    closeSync(log);
    const engine = new Engine(directory, daemon);
    for (let attempt = 0; attempt < 150; attempt++) {
      if (existsSync(join(directory, "d.sock")) && (await engine.docker("version")).status === 0) return engine;
      if (daemon.exitCode !== null) break;
      await sleep(100);
    }
    const text = readFileSync(join(directory, "log"), "utf8").slice(-3000);
    await engine.stop();
    throw new Error(`dockerd did not start:\n${text}`);
  }

  /** Its address, as DOCKER_HOST wants it. */
  get host(): string {
    return `unix://${this.#directory}/d.sock`;
  }

  /** Its process, the parent of all others that work for it. */
  get pid(): number {
    return this.#daemon.pid ?? 0;
  }

  /** Runs the docker command against this engine. */
  docker(...args: readonly string[]): Promise<Ran> {
    return runProgram("docker", ["-H", this.host, ...args], { timeout: 120_000 });
  }

  /** As docker, but a status other than 0 is an error that shows what was printed. */
  async mustDocker(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.docker(...args);
    if (status !== 0) throw new Error(`docker ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  async stop(): Promise<void> {
    if (this.#daemon.exitCode === null) {
      const ended = new Promise<void>((resolve) => this.#daemon.once("exit", () => resolve()));
      this.#daemon.kill("SIGTERM");
      const timer = setTimeout(() => this.#daemon.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(timer);
    }
    await unmountBelow(this.#directory);
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The engine leaves its network namespace mounted when it ends. */
async function unmountBelow(directory: string): Promise<void> {
  const points = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  for (const point of points.filter((each) => each.startsWith(`${directory}/`)).reverse()) {
    await runProgram("umount", ["-l", point]);
  }
}
