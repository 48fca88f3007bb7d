import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { DistillError } from "../../lib/errors.ts";
import { findProgramOn } from "../../lib/programs.ts";
import { isObject } from "./config-file.ts";
import { type Credential, TOKEN_USER } from "./credential.ts";

/** How a helper program is run. */
export interface HelperOptions {
  readonly signal: AbortSignal | undefined;
  /** Milliseconds; it may have to ask its user, or a cloud. */
  readonly timeout?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT = 60_000;
const MAX_OUTPUT = 256 * 1024;
const NOT_FOUND = /credentials not found/i;

/**
 * What `docker-credential-NAME get` knows of a registry (docker's protocol of credential helpers); undefined where it
 * knows nothing. ENVIRONMENT where it is missing, fails, or answers with something else.
 */
export async function getFromHelper(
  name: string,
  key: string,
  options: HelperOptions,
): Promise<Credential | undefined> {
  const { status, output } = await runHelper(name, "get", key, options);
  if (status !== 0) {
    if (NOT_FOUND.test(output)) return undefined;
    throw failed(name, "get", status);
  }
  const { Username: username, Secret: secret } = parseAnswer(name, output);
  if (typeof username !== "string" || typeof secret !== "string") throw nonsense(name);
  if (secret === "") return undefined;
  if (username === TOKEN_USER) return { kind: "identity", username: undefined, token: secret };
  return { kind: "password", username, password: secret };
}

/** Gives a secret to a helper program for keeping. ENVIRONMENT where that fails. */
export async function storeWithHelper(
  name: string,
  key: string,
  { username, secret }: { readonly username: string; readonly secret: string },
  options: HelperOptions,
): Promise<void> {
  const input = JSON.stringify({ ServerURL: key, Username: username, Secret: secret });
  const { status } = await runHelper(name, "store", input, options);
  if (status !== 0) throw failed(name, "store", status);
}

/** Takes a secret away from a helper program; false where it had none. ENVIRONMENT where that fails. */
export async function eraseWithHelper(name: string, key: string, options: HelperOptions): Promise<boolean> {
  if ((await getFromHelper(name, key, options)) === undefined) return false;
  const { status, output } = await runHelper(name, "erase", key, options);
  if (status === 0) return true;
  if (NOT_FOUND.test(output)) return false;
  throw failed(name, "erase", status);
}

/**
 * Runs a helper program to its end: what it prints (docker's helpers tell failures on stdout too), never quoted in an
 * error, since it can hold a secret.
 */
async function runHelper(
  name: string,
  verb: "get" | "store" | "erase",
  input: string,
  { signal, timeout = TIMEOUT, environment = process.env }: HelperOptions,
): Promise<{ readonly status: number; readonly output: string }> {
  throwIfCancelled(signal);
  const program = findHelper(name, environment);
  // In a group of its own, so that what it started goes with it.
  const child = spawn(program, [verb], { stdio: ["pipe", "pipe", "ignore"], env: environment, detached: true });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
    // What left the group may hold the other end for ever.
    child.stdout.destroy();
  };
  const exited = new Promise<number | Error>((resolve) => {
    child.once("error", resolve);
    child.once("exit", (code) => resolve(code ?? -1));
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeout);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    // A helper that does not read its input breaks the pipe; its status says enough.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const output = await readOutput(child.stdout, kill);
    const status = await exited;
    throwIfCancelled(signal);
    if (status instanceof Error) throw unusable(name, "cannot be run", status);
    if (late) throw unusable(name, `did not answer within ${timeout / 1000} seconds`);
    if (output === undefined) throw unusable(name, `answers with more than ${MAX_OUTPUT} bytes`);
    return { status, output };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** Undefined above the limit. */
function readOutput(stream: Readable, kill: () => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) chunks.push(chunk);
      else kill();
    });
    stream.on("error", () => {});
    stream.on("close", () => resolve(size > MAX_OUTPUT ? undefined : Buffer.concat(chunks).toString("utf8")));
  });
}

/** A name that a file gives must not lead out of PATH, and an empty entry of PATH is not the working directory. */
function findHelper(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new DistillError("CONFIG_INVALID", `${JSON.stringify(name.slice(0, 80))} is no name of a credential helper`, {
      hint: "credsStore and credHelpers hold what follows docker-credential- in the program's name",
    });
  }
  const found = findProgramOn(environment.PATH, `docker-credential-${name}`);
  if (found === undefined) throw unusable(name, "is not on PATH");
  return found;
}

function parseAnswer(name: string, output: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(output);
    if (isObject(value)) return value;
  } catch {
    // The error quotes the answer.
  }
  throw nonsense(name);
}

function nonsense(name: string): DistillError {
  return unusable(name, "answers with something that is no credential");
}

function failed(name: string, verb: string, status: number): DistillError {
  return unusable(name, `ended with ${status < 0 ? "a signal" : `status ${status}`} on "${verb}"`);
}

function unusable(name: string, problem: string, cause?: Error): DistillError {
  return new DistillError("ENVIRONMENT", `the credential helper docker-credential-${name} ${problem}`, {
    hint: `run it by hand to see why: echo HOST | docker-credential-${name} get`,
    cause,
  });
}
