import { cancelled } from "../lib/cancel.ts";
import { DistillError, diskFull, saysDiskFull } from "../lib/errors.ts";
import type { Job } from "./job.ts";
import { readFacts } from "./machine/facts.ts";
import type { Entered } from "./namespace/enter.ts";
import { ScriptStatus } from "./status.ts";

/** Characters of messages that are told of a set-up that failed. */
const KEPT = 8192;

/** Bytes that may be written before it is known that the program has started; what is more is no program's. */
const MOST_EARLY = 2 ** 20;

/**
 * Waits for the end of a job's script and of the program that it becomes, and hands on what the program writes. Returns the program's
 * exit status. ENVIRONMENT where it was never started, by no fault of its own; DISK_FULL; FILE_CONFLICT; CANCELLED.
 */
export async function supervise(entered: Entered, { onOutput, signal }: Job): Promise<number> {
  const script = new ScriptStatus(entered.status);
  const output = new Output(() => script.started, onOutput);
  for (const name of ["stdout", "stderr"] as const) {
    entered[name].on("data", (chunk: Buffer) => output.add(chunk, name));
  }
  const stop = (): void => kill(entered, script.pid);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const status = await entered.ended;
    if (signal?.aborted) throw cancelled();
    if (!script.started) throw failedSetUp(output.end() || `it ended with status ${status}`);
    output.end();
    if (status !== 0 && script.failure !== undefined)
      throw cannotRun(`a program could not be started: ${script.failure}`);
    return status;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** Ends the first process, and so all; whoever started it then sees it end, once all others have. */
function kill({ process: started }: Entered, pid: number | undefined): void {
  try {
    if (pid === undefined) started.kill("SIGKILL");
    else process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/**
 * What is written by a script and by the program that it becomes. What comes before it is known that the program has started is
 * kept: it may be the program's already.
 */
class Output {
  readonly #started: () => boolean;
  readonly #onOutput: Job["onOutput"];
  #size = 0;
  readonly #early: { readonly chunk: Buffer; readonly stream: "stdout" | "stderr" }[] = [];

  constructor(started: () => boolean, onOutput: Job["onOutput"]) {
    this.#started = started;
    this.#onOutput = onOutput;
  }

  add(chunk: Buffer, stream: "stdout" | "stderr"): void {
    if (this.#started()) {
      this.#tell();
      this.#onOutput(chunk, stream);
    } else if (this.#size < MOST_EARLY) {
      this.#early.push({ chunk, stream });
      this.#size += chunk.length;
    }
  }

  /** Tells the rest. Returns what a script has written that did not come to the program. */
  end(): string {
    if (this.#started()) this.#tell();
    const text = Buffer.concat(this.#early.map(({ chunk }) => chunk)).toString("utf8");
    return text.slice(-KEPT).trim();
  }

  #tell(): void {
    for (const { chunk, stream } of this.#early.splice(0)) this.#onOutput(chunk, stream);
  }
}

function failedSetUp(messages: string): DistillError {
  const link = /^.*?\/root(\/.* is a symbolic link, and something is to be mounted .*)$/m.exec(messages)?.[1];
  if (link !== undefined) {
    return new DistillError("FILE_CONFLICT", link, { hint: "choose another target, or another id for the cache" });
  }
  if (saysDiskFull(messages)) return diskFull("setting up the root file system of a RUN");
  return cannotRun(`the root file system of a RUN could not be set up: ${messages}`);
}

function cannotRun(text: string): DistillError {
  const [forbidden] = process.getuid?.() === 0 ? [] : readFacts().forbidden;
  return new DistillError("ENVIRONMENT", forbidden === undefined ? text : `${text} (${forbidden.what})`, {
    hint:
      forbidden?.remedy ??
      "distill doctor says what this machine lacks; --executor chooses another way to run programs",
  });
}
