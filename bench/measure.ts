import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const MAX_OUTPUT = 64 * 1024 * 1024;

/** What one run of a command took. */
export interface Cost {
  /** Seconds by the clock. */
  readonly wall: number;
  /** Seconds of user and system time, of the command and of all that it waited for. */
  readonly cpu: number;
  /** Largest resident set of any single process among them, in MiB. */
  readonly peak: number;
}

export interface Command {
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** Holds the measurement while the command runs. */
  readonly directory: string;
}

/** Runs a command under GNU time. Throws where it fails, with what it printed to stderr. */
export async function measure({
  command,
  environment,
  directory,
}: Command): Promise<Cost & { readonly stdout: string }> {
  const record = join(directory, "time.txt");
  const env = { ...process.env, ...environment };
  const began = performance.now();
  const { stdout } = await run("time", ["-o", record, "-f", "%U %S %M", ...command], { env, maxBuffer: MAX_OUTPUT });
  const wall = (performance.now() - began) / 1000;
  const [user = 0, system = 0, kibibytes = 0] = (await readFile(record, "utf8")).trim().split(" ").map(Number);
  await rm(record);
  return { wall, cpu: user + system, peak: kibibytes / 1024, stdout };
}

/** The costs of several runs, each quantity's median by itself. */
export function medianCost(costs: readonly Cost[]): Cost {
  return {
    wall: median(costs.map(({ wall }) => wall)),
    cpu: median(costs.map(({ cpu }) => cpu)),
    peak: median(costs.map(({ peak }) => peak)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
