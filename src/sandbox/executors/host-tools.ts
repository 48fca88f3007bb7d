import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { DistillError } from "../../lib/errors.ts";
import { required } from "../namespace/enter.ts";
import { command } from "../shell.ts";

/**
 * Programs of this machine that are still needed when the root directory is another one already: copies of them in a directory
 * that is in memory, lies nowhere and cannot be written to. So whatever they leave to the program that they start (an open
 * file, a current directory, /proc/self/exe) leads to nothing of this machine.
 */
export interface HostTools {
  /** Lines of sh(1) that put them and more files into a directory, which is made. */
  copyTo(directory: string, more: readonly string[]): readonly string[];
  /** The words that one is started with; `at` names that directory, which by default is the current one. */
  start(program: string, at?: string): readonly string[];
}

/** Bytes that the copies may take. */
const ROOM = "64m";

const known = new Map<string, HostTools>();

/** ENVIRONMENT where one of them is missing, or a library of it. */
export function hostTools(programs: readonly string[]): HostTools {
  const key = programs.join();
  const tools = known.get(key) ?? findTools(programs);
  known.set(key, tools);
  return tools;
}

function findTools(programs: readonly string[]): HostTools {
  const paths = programs.map((name) => required(name));
  const loader = findLoader();
  const files = new Set([loader, ...paths, ...paths.flatMap((path) => librariesOf(loader, path))]);
  return {
    copyTo: (directory, more) => [
      command("mkdir", directory),
      command("mount", "-n", "-t", "tmpfs", "-o", `mode=755,nosuid,nodev,size=${ROOM}`, "tools", directory),
      command("cp", "-L", ...files, ...more, directory),
      command("mount", "-n", "-o", "remount,bind,ro,nosuid,nodev", directory),
    ],
    start: (program, at = ".") => [`${at}/${basename(loader)}`, "--library-path", at, `${at}/${program}`],
  };
}

/** Lines of sh(1) that keep a program of this machine from being changed through the /proc/self/exe of what it starts. */
export function lockProgram(path: string): readonly string[] {
  return [command("mount", "-n", "--bind", "-o", "ro", path, path)];
}

/** The libraries that the loader finds for a program. */
function librariesOf(loader: string, program: string): readonly string[] {
  const { stdout, status } = spawnSync(loader, ["--list", program], { encoding: "utf8", env: {} });
  if (status !== 0) throw elsewhere(program);
  return [...stdout.matchAll(/=> (\/\S+) \(0x[0-9a-f]+\)/g)].map(([, path = ""]) => path);
}

/** The loader of this machine's C library, by the names that the ABIs give it. */
function findLoader(): string {
  for (const directory of ["/lib64", "/lib"]) {
    const name = namesIn(directory).find((each) => /^ld-linux.*\.so\.\d+$/.test(each));
    if (name !== undefined) return join(directory, name);
  }
  throw elsewhere("the dynamic loader");
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function elsewhere(what: string): DistillError {
  return new DistillError(
    "ENVIRONMENT",
    `programs cannot be run with what this machine has: ${what} is not where it is expected`,
    {
      hint: "apt install runc",
    },
  );
}
