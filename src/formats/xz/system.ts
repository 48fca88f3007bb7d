import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { DistillError } from "../../lib/errors.ts";
import { findProgramOn } from "../../lib/programs.ts";
import { through } from "../../lib/through.ts";
import { damaged, MEMORY_LIMIT_MIB, notXz, tooMuchMemory, unsupported } from "./failures.ts";

/** Options go through the environment, which busybox's xz ignores where it would refuse the flags. */
const OPTIONS = `--format=xz --threads=1 --memlimit-decompress=${MEMORY_LIMIT_MIB}MiB`;

const STDERR_LIMIT = 4096;

/** Path of the system's xz, or undefined where PATH has none. */
export function findSystemXz(): string | undefined {
  return findProgramOn(process.env.PATH, "xz");
}

/**
 * Decompresses xz through the system's xz, twice as fast as the built-in decoder and on a core of its own. The process
 * has ended when the generator has: it is killed when the consumer stops early.
 */
export async function* unxzInProcess(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const program = findSystemXz();
  if (program === undefined) throw missing();
  const { XZ_DEFAULTS: _, ...environment } = process.env;
  const child = spawn(program, ["-dc"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...environment, LC_ALL: "C", XZ_OPT: OPTIONS },
  });
  const exited = new Promise<number | null | Error>((resolve) => {
    child.once("error", resolve);
    child.once("exit", (status) => resolve(status));
  });
  // Without a process there may be no pipes either.
  if (child.pid === undefined) throw failureOf(await exited, "");
  const complaint = readText(child.stderr);
  const verdict = async (): Promise<unknown> => failureOf(await exited, await complaint);
  try {
    yield* through(source, {
      input: child.stdin,
      output: child.stdout,
      // A broken pipe only says that xz has stopped; its status says why.
      failure: async (error) => (await verdict()) ?? error,
    });
    const failure = await verdict();
    if (failure !== undefined) throw failure;
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}

function failureOf(status: number | null | Error, complaint: string): unknown {
  if (status === 0) return undefined;
  if (status instanceof Error) {
    return new DistillError("ENVIRONMENT", `xz cannot be run: ${status.message}`, { hint: HINT, cause: status });
  }
  if (status === null) {
    return new DistillError("ENVIRONMENT", "xz was killed while it was decompressing", { hint: HINT });
  }
  if (/memory usage limit|cannot allocate memory/i.test(complaint)) return tooMuchMemory();
  if (/unsupported/i.test(complaint)) return unsupported("install a newer version of xz-utils");
  if (/format not recognized/i.test(complaint)) return notXz();
  if (/unexpected end/i.test(complaint)) return damaged("it ends early");
  return damaged(complaint.trim() === "" ? `xz ended with status ${status}` : complaint.trim());
}

const HINT = "DISTILL_XZ=wasm uses the built-in decoder";

function missing(): DistillError {
  return new DistillError("ENVIRONMENT", "xz is not on PATH", { hint: `install xz-utils; ${HINT}` });
}

/** What a process says, up to a limit; the rest is read and dropped so that it never blocks. */
async function readText(stream: Readable): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    stream.setEncoding("latin1");
    stream.on("data", (part: string) => {
      text += part.slice(0, STDERR_LIMIT - text.length);
    });
    stream.on("error", () => resolve(text));
    stream.on("close", () => resolve(text));
  });
}
