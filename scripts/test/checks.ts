import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./files.ts";
import type { FileResult } from "./run-file.ts";

interface Check {
  readonly name: string;
  readonly arguments: readonly string[];
}

/** What the sources must satisfy before any test of theirs means much; each counts as one test. */
export const CHECKS: readonly Check[] = [
  { name: "biome", arguments: ["check", "--colors=off", "."] },
  { name: "tsc", arguments: ["--noEmit", "--pretty", "false"] },
];

/** Runs a tool of node_modules over the whole checkout; it passes when it exits with 0. */
export async function runCheck(check: Check): Promise<FileResult> {
  const began = performance.now();
  const child = spawn(join(ROOT, "node_modules/.bin", check.name), check.arguments, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const failed = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? undefined : `exit status ${code ?? signal}`));
  });
  const milliseconds = performance.now() - began;
  const { name } = check;
  return {
    file: join(ROOT, name),
    milliseconds,
    passed: failed === undefined ? [{ name, milliseconds }] : [],
    failures: failed === undefined ? [] : [{ name, line: undefined, text: `${text}${failed}` }],
    skipped: [],
    output: "",
  };
}
