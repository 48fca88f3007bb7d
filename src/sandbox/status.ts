import type { Readable } from "node:stream";
import { quoted } from "./shell.ts";

/** Descriptor on which the script of a job says how far it has come. */
const STATUS = 4;

/** Characters of that which are kept. */
const KEPT = 65_536;

/** A line of sh(1): which process it is, as distill sees it; /proc is that of distill's namespace. */
export const SAY_PID = `read -r pid _ < /proc/self/stat; echo "pid $pid" >&${STATUS}`;

/** A line of sh(1) that says that all is set up, and lets go of the descriptor: the program must not have it. */
export const SAY_STARTED = `echo started >&${STATUS}; exec ${STATUS}>&-`;

/**
 * Lines of sh(1) for a runtime that sets up some more, and then starts the program out of anybody's sight: they run it, hand on
 * what it wrote into `log` (its own failures only; it makes that file in any case) and end as it did.
 */
export function watched(runtime: string, log: string): readonly string[] {
  return [
    `echo started >&${STATUS}`,
    `status=0; ${runtime} ${STATUS}>&- || status=$?`,
    `[ -e ${quoted(log)} ] && [ ! -s ${quoted(log)} ] || { echo failed; cat ${quoted(log)} || :; } >&${STATUS} 2>/dev/null`,
    "exit $status",
  ];
}

/**
 * What of a program, or of where it is to run, a runtime names when it could not start it: a program that is not there or is none,
 * a working directory that it may not enter. Everything else is this machine's.
 */
const PROGRAM_AT_FAULT =
  /(?:^|: )(?:exec:? ["`/]|exec container process|executable file |open executable: |chdir |mkdir \S+: (?:not a directory|permission denied))/m;

/** What the script of a job has said of itself so far. */
export class ScriptStatus {
  #text = "";

  constructor(status: Readable) {
    status.on("data", (chunk: Buffer) => {
      this.#text = (this.#text + chunk.toString("utf8")).slice(0, KEPT);
    });
  }

  get pid(): number | undefined {
    return Number(/^pid (\d+)$/m.exec(this.#text)?.[1]) || undefined;
  }

  /** Whether the program runs, or a runtime that starts it. */
  get started(): boolean {
    return /^started$/m.test(this.#text);
  }

  /** Why a runtime did not start the program, where that is not the program's own fault. */
  get failure(): string | undefined {
    const log = /^failed\n(.*)$/ms.exec(this.#text)?.[1];
    if (log === undefined) return undefined;
    if (log === "") return "it ended before it did anything";
    const told = log.split("\n").map(messageOf).join("\n").trim();
    return told === "" || PROGRAM_AT_FAULT.test(told) ? undefined : told;
  }
}

/** What a line of a runtime's log tells of a failure: all of it, or the message that a level stands before; nothing of warnings. */
function messageOf(line: string): string {
  const level = /^time=\S+ level=(\w+) /.exec(line)?.[1];
  if (level === undefined) return line;
  const message = / msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line;
  return level === "error" || level === "fatal" ? message.replace(/\\(["\\])/g, "$1") : "";
}
