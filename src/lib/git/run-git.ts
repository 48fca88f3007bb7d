import type { ChildProcess } from "node:child_process";
import { cancelled, throwIfCancelled } from "../cancel.ts";
import { DistillError, fromSystemError, systemErrorCode } from "../errors.ts";
import { type GitSettings, gitEnvironment } from "./environment.ts";
import type { Credentials } from "./remote.ts";

/** What git says on standard error is kept to its last bytes. */
const KEPT_ERRORS = 16 * 1024;

/** What git may print that is read into memory, unless told otherwise; bytes. */
const DEFAULT_OUTPUT = 16 << 20;

/** A transfer of which git has said nothing for so long is given up; milliseconds. */
const SILENCE = 300_000;

/** Milliseconds that git has to end by itself once it is told to. */
const GRACE = 2_000;

export interface GitRun {
  /** Ends git, and everything that it started, with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  readonly login?: { readonly origin: string; readonly credentials: Credentials } | undefined;
  /** What git reads: bytes, or pieces of them. */
  readonly input?: Uint8Array | AsyncIterable<Uint8Array>;
  /** More output than this is LIMIT_EXCEEDED. */
  readonly maxOutput?: number;
  /** Milliseconds without a word from git after which it is ended; default 300,000. */
  readonly silence?: number;
}

/** How a git that failed ended. */
export class GitFailure extends Error {
  readonly status: number | undefined;
  /** The end of what it said, without escape sequences of terminals. */
  readonly said: string;

  constructor(status: number | undefined, said: string) {
    super(`git ended with ${status ?? "a signal"}: ${said}`);
    this.status = status;
    this.said = said;
  }
}

/** The git program, run so that nobody's configuration counts (environment.ts). */
export class Git {
  readonly settings: GitSettings;

  constructor(settings: GitSettings = {}) {
    this.settings = settings;
  }

  /** All that git prints. GitFailure where it fails; ENVIRONMENT where there is no git. */
  async output(args: readonly string[], run: GitRun = {}): Promise<Buffer> {
    const limit = run.maxOutput ?? DEFAULT_OUTPUT;
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.stream(args, run)) {
      size += piece.length;
      if (size > limit) {
        throw new DistillError("LIMIT_EXCEEDED", `git gives more than the ${limit} bytes that are read of a list`);
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  /** What git prints, as it comes. Failures as in `output`, when the output has ended; who stops reading ends git. */
  async *stream(args: readonly string[], run: GitRun = {}): AsyncGenerator<Uint8Array> {
    throwIfCancelled(run.signal);
    const child = await this.#start(args, run);
    const ended = ending(child);
    const errors = new Errors(child, run.silence ?? SILENCE, () => stop(child));
    const onAbort = (): void => stop(child);
    run.signal?.addEventListener("abort", onAbort, { once: true });
    const fed = feed(child, run.input).catch((error: unknown) => {
      stop(child);
      return error;
    });
    try {
      for await (const piece of child.stdout ?? []) {
        errors.heard();
        yield piece as Uint8Array;
      }
      const status = await ended;
      const inputFailure = await fed;
      if (run.signal?.aborted) throw cancelled();
      if (errors.silent) throw new DistillError("NETWORK", "git was ended: nothing has come for too long");
      if (inputFailure !== undefined) throw inputFailure;
      if (status !== 0) throw new GitFailure(status, errors.text());
    } finally {
      run.signal?.removeEventListener("abort", onAbort);
      errors.close();
      if (child.exitCode === null && child.signalCode === null) stop(child);
      await ended;
    }
  }

  async #start(args: readonly string[], { login, input }: GitRun): Promise<ChildProcess> {
    // Loaded here alone: most runs of distill start no program.
    const { spawn } = await import("node:child_process");
    const child = spawn("git", [...args], {
      cwd: "/",
      env: gitEnvironment(this.settings, login),
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      // A group of its own: git's helpers end with it, and Ctrl-C is told to it by this process alone.
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(notStarted(error)));
    });
    return child;
  }
}

function notStarted(error: unknown): unknown {
  if (systemErrorCode(error) !== "ENOENT") return fromSystemError(error, "starting", "git");
  return new DistillError("ENVIRONMENT", "there is no git on this machine, and an address of a repository needs it", {
    hint: "apt-get install git",
    cause: error,
  });
}

/** The exit status, or undefined for a signal, once the process and its pipes have ended. */
function ending(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => child.once("close", (status) => resolve(status ?? undefined)));
}

/** Ends the whole group of processes; by force after a moment, since a helper may be waiting for a server. */
function stop(child: ChildProcess): void {
  signalGroup(child, "SIGTERM");
  const force = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE);
  child.once("close", () => clearTimeout(force));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

async function feed(child: ChildProcess, input: GitRun["input"]): Promise<undefined> {
  const { stdin } = child;
  if (input === undefined || stdin === null) return;
  // A git that has ended takes no more; its status says why.
  stdin.on("error", () => {});
  if (input instanceof Uint8Array) {
    stdin.end(input);
    return;
  }
  for await (const piece of input) {
    if (stdin.destroyed) return;
    if (!stdin.write(piece)) await drained(child);
  }
  stdin.end();
}

function drained(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdin?.once("drain", resolve);
    child.stdin?.once("close", resolve);
  });
}

/** Standard error: its end is kept, and each piece of it shows that git lives. */
class Errors {
  silent = false;
  #kept = Buffer.alloc(0);
  readonly #timer: NodeJS.Timeout;

  constructor(child: ChildProcess, silence: number, onSilence: () => void) {
    this.#timer = setTimeout(() => {
      this.silent = true;
      onSilence();
    }, silence);
    child.stderr?.on("data", (piece: Buffer) => {
      this.heard();
      this.#kept = Buffer.concat([this.#kept, piece]).subarray(-KEPT_ERRORS);
    });
  }

  heard(): void {
    if (!this.silent) this.#timer.refresh();
  }

  /** Progress, which is written over itself, is left out. */
  text(): string {
    const lines = this.#kept.toString("utf8").split(/[\r\n]+/);
    return lines
      .map((line) => line.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "").trim())
      .filter((line) => line !== "" && !/\b\d+% \(\d+\/\d+\)/.test(line))
      .join("\n");
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
