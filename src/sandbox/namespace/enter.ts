import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { openSync, readlinkSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { DistillError } from "../../lib/errors.ts";
import { readFacts } from "../machine/facts.ts";
import { findProgram } from "../programs.ts";
import { inheritedDescriptors } from "./descriptors.ts";
import { type IdMapping, mapArguments } from "./mapping.ts";

/** A program that runs in namespaces of its own. */
export interface Entered {
  readonly process: ChildProcess;
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** What the program reads on descriptor 3. */
  readonly control: Writable;
  /** What it writes on descriptor 4. */
  readonly status: Readable;
  /** Resolves when it has ended: with its exit status, 128 and the number of a signal for one that a signal ended. */
  readonly ended: Promise<number>;
}

export interface EnterOptions {
  /** Namespaces beside that of users. With "pid", the program is the first process there, and all others die with it. */
  readonly namespaces: readonly ("mount" | "pid" | "ipc" | "uts" | "net")[];
  readonly stdin?: "pipe";
}

const FLAGS = { mount: "--mount", pid: "--pid", ipc: "--ipc", uts: "--uts", net: "--net" } as const;

/** Milliseconds until a namespace must be there. */
const PATIENCE = 20_000;

/** What distill's programs get of the environment: none of a Dockerfile's, none of the user's. */
const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** Behind those that the program is given. */
const FIRST = 5;

/** Open to be given away, for as long as this process lives. */
let nothing: number | undefined;

/** Waits until its ids are those that it is to have, and only then becomes the program: that gives it its capabilities. */
const WAIT = 'read -r _ <&3 && exec "$@"';

/**
 * Runs a program as root of a user namespace (as it is, for root) and in further ones. It dies with this process, whatever
 * ends that, and is out of reach of a terminal's signals. ENVIRONMENT where namespaces cannot be had.
 */
export async function enter(
  mapping: IdMapping,
  command: readonly string[],
  { namespaces, stdin }: EnterOptions,
): Promise<Entered> {
  const flags = namespaces.map((name) => FLAGS[name]);
  if (namespaces.includes("pid")) flags.push(...(["--fork", "--kill-child"] as never[]));
  const users = mapping.kind === "root" ? [] : mapping.kind === "ranges" ? ["--user"] : ["--user", "--map-root-user"];
  const isolating = users.length + flags.length > 0 ? [required("unshare"), ...users, ...flags, "--"] : [];
  const started = spawn(
    required("setpriv"),
    ["--pdeathsig", "KILL", "--", ...isolating, "/bin/sh", "-c", WAIT, "sh", ...command],
    {
      stdio: [stdin ?? "ignore", "pipe", "pipe", "pipe", "pipe", ...closed()],
      env: ENVIRONMENT,
      cwd: "/",
      detached: true,
    },
  );
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  started.once("error", reject);
  started.once("close", (code, signal) => resolve(code ?? 128 + (signal === "SIGKILL" ? 9 : 15)));
  ended.catch(() => {});
  const control = started.stdio[3] as Writable;
  // It may die before it reads: its end says so.
  control.on("error", () => {});
  const entered = {
    process: started,
    stdin: started.stdin,
    ...{ stdout: started.stdout as Readable, stderr: started.stderr as Readable },
    ...{ control, status: started.stdio[4] as Readable, ended },
  };
  try {
    if (mapping.kind === "ranges") await mapIds(entered, mapping);
  } catch (error) {
    started.kill("SIGKILL");
    throw error;
  }
  control.write("\n");
  return entered;
}

/** What this process was started with by others is nothing for programs: they find /dev/null in its place. */
function closed(): readonly ("ignore" | number)[] {
  const inherited = new Set(inheritedDescriptors());
  if (inherited.size === 0) return [];
  nothing ??= openSync("/dev/null", "r+");
  const last = Math.max(...inherited);
  return Array.from({ length: last - FIRST + 1 }, (_, index) =>
    inherited.has(FIRST + index) ? (nothing as number) : "ignore",
  );
}

/** Gives the process the users of the ranges; only set-user-ID programs may. */
async function mapIds(
  { process: started, ended }: Entered,
  { uid, gid, uids, gids }: Extract<IdMapping, { kind: "ranges" }>,
): Promise<void> {
  const pid = String(started.pid);
  const own = readlinkSync("/proc/self/ns/user");
  let isOver = false;
  ended.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  for (const end = Date.now() + PATIENCE; namespaceOf(pid) === own; ) {
    if (isOver || Date.now() > end) throw noNamespace("unshare ended without one");
    await sleep(1);
  }
  for (const [program, id, ranges] of [
    ["newuidmap", uid, uids],
    ["newgidmap", gid, gids],
  ] as const) {
    const { status, stderr } = spawnSync(required(program), [pid, ...mapArguments(id, ranges)], { encoding: "utf8" });
    if (status !== 0) throw noNamespace(`${program}: ${stderr.trim()}`);
  }
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return readlinkSync("/proc/self/ns/user");
  }
}

function noNamespace(why: string): DistillError {
  const [forbidden] = readFacts().forbidden;
  const text = `no user namespace could be set up: ${why}`;
  return new DistillError("ENVIRONMENT", forbidden === undefined ? text : `${text} (${forbidden.what})`, {
    hint: forbidden?.remedy ?? "distill doctor says what this machine lacks",
  });
}

/** ENVIRONMENT for a program that is missing, with the package that has it. */
export function required(program: string): string {
  const path = findProgram(program);
  if (path !== undefined) return path;
  const debian = { newuidmap: "uidmap", newgidmap: "uidmap", tar: "tar" }[program] ?? "util-linux";
  throw new DistillError("ENVIRONMENT", `${program} is not installed, and RUN needs it`, {
    hint: `apt install ${debian}`,
  });
}
