import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ran } from "./engine.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The checkout's own Node, by the path that its scripts use. */
export const NODE = join(ROOT, "node_modules/.bin/node");

/** The program's first module: of the bundle that the test runner made, which starts faster; else of the sources. */
export const MAIN = process.env.DISTILL_TEST_PROGRAM ?? join(ROOT, "src/cli/main.ts");

export interface CliOptions {
  /** Added to this process's environment without its DISTILL_ and proxy variables; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A program and its arguments that distill's command line is handed to: `["setpriv", "--reuid=1000"]`. */
  readonly through?: readonly string[];
  /** Called with the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** What a run printed and how it ended: its status, or 128 + the number of the signal that ended it. */
export interface CliRun extends Ran {
  /** Milliseconds from start to end. */
  readonly milliseconds: number;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Runs distill from its sources in a process of its own, to its end. */
export async function distill(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const [file, ...rest] = [...(options.through ?? []), NODE, MAIN, ...args] as [string, ...string[]];
  const began = performance.now();
  const child = spawn(file, rest, {
    cwd: options.cwd ?? ROOT,
    env: environment(options.env ?? {}),
    stdio: ["ignore", "pipe", "pipe"],
  });
  options.onStart?.(child);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const status = await new Promise<number>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => done(code ?? 128 + (SIGNALS[signal ?? ""] ?? 0)));
  });
  return { status, ...output, milliseconds: performance.now() - began };
}

/** As `distill`; another status than 0 is an error that shows what was printed. */
export async function mustDistill(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const run = await distill(args, options);
  if (run.status === 0) return run;
  throw new Error(`distill ${args.join(" ")} ended with ${run.status}:\n${run.stdout}${run.stderr}`);
}

function environment(own: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^DISTILL_(?!TEST_)|_proxy$/i.test(name));
  const set = Object.entries({ ...Object.fromEntries(inherited), ...own });
  // node:test tells its children to report to it; distill's output is no report.
  return Object.fromEntries(set.filter(([name, value]) => value !== undefined && name !== "NODE_TEST_CONTEXT"));
}
