import { run } from "node:test";
import { inspect } from "node:util";

/** Gives property tests the same seed in every run. */
const FIXED_SEED = new URL("../../test/support/fixed-seed.ts", import.meta.url).href;

export interface FileResult {
  readonly file: string;
  readonly milliseconds: number;
  readonly passed: readonly { readonly name: string; readonly milliseconds: number }[];
  readonly failures: readonly Failure[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** What the file printed, stdout and stderr together. */
  readonly output: string;
}

export interface Failure {
  readonly name: string;
  readonly line: number | undefined;
  readonly text: string;
}

/** Runs one test file in its own process, which is killed after `timeout` milliseconds. */
export async function runTestFile(file: string, timeout: number): Promise<FileResult> {
  const began = performance.now();
  const passed: { name: string; milliseconds: number }[] = [];
  const failures: Failure[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const running = new Set<string>();
  let output = "";
  let whole = false;

  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), timeout);
  const events = run({
    files: [file],
    signal: aborter.signal,
    execArgv: ["--disable-warning=ExperimentalWarning", ...(process.env.CI ? [`--import=${FIXED_SEED}`] : [])],
  });
  for await (const event of events as AsyncIterable<import("node:test/reporters").TestEvent>) {
    switch (event.type) {
      case "test:stdout":
      case "test:stderr":
        output += event.data.message;
        break;
      case "test:dequeue":
        running.add(event.data.name);
        break;
      case "test:pass":
      case "test:fail": {
        const { name, details, skip, todo, line } = event.data;
        running.delete(name);
        // The event that stands for the process itself: what its tests did is known from their own events.
        if (name === file) {
          if (event.type === "test:fail" && !aborter.signal.aborted) {
            failures.push({ name: "the whole file", line: undefined, text: "its process failed" });
          }
          break;
        }
        const notRun =
          skip !== undefined ? reasonOf(skip, "skipped") : todo !== undefined ? reasonOf(todo, "todo") : undefined;
        if (notRun !== undefined) skipped.push({ name, reason: notRun });
        else if (event.type === "test:fail" && isConsequence(event.data.details.error)) break;
        else if (event.type === "test:fail") failures.push({ name, line, text: explain(event.data.details.error) });
        else if (details.type !== "suite") passed.push({ name, milliseconds: details.duration_ms });
        break;
      }
      case "test:summary":
        // Of the two summaries, the one of the file itself comes when all of its tests are over.
        whole ||= event.data.file === file;
        break;
    }
  }
  clearTimeout(timer);

  if (aborter.signal.aborted) {
    const names = [...running].filter((name) => name !== file);
    const text = `killed after ${timeout / 1000} s${names.length > 0 ? `, while running: ${names.join(", ")}` : ""}`;
    failures.push({ name: "the whole file", line: undefined, text });
  } else if (failures.length === 0 && !whole) {
    const text = "its process ended before its tests had, or it has none";
    failures.push({ name: "the whole file", line: undefined, text });
  }
  return { file, milliseconds: performance.now() - began, passed, failures, skipped, output };
}

function reasonOf(value: string | boolean, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

/** True for the failure of a suite or test only because one inside it failed, which is reported by itself. */
function isConsequence(error: unknown): boolean {
  return error instanceof Error && "failureType" in error && error.failureType === "subtestsFailed";
}

/** The error that the test threw, with its causes and without Node's own frames; node:test wraps it once. */
function explain(error: unknown): string {
  const thrown = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const text = typeof thrown === "string" ? thrown : inspect(thrown, { depth: 6, colors: false });
  return text
    .split("\n")
    .filter((line) => !/^\s+at .*\(?node:|^\s+\.\.\. \d+ lines matching/.test(line) || line.endsWith("{"))
    .join("\n");
}
