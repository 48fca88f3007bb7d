/**
 * `npm test [-- FILTER...]`: linter, types and all unit and end-to-end tests, with one line per file.
 *
 * A FILTER is a part of a path (`src/formats`), `biome`, `tsc`, or a test file or folder anywhere. Without one everything
 * runs. The last line is always `N passed, N failed, N skipped`. Counted as passed is only what said so itself: a file
 * that reports no test, or that ends before its tests do, is a failure.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { bundle } from "./bundle.ts";
import { CHECKS, runCheck } from "./test/checks.ts";
import { findTestFiles, ROOT } from "./test/files.ts";
import { leftovers, markProcesses } from "./test/leftovers.ts";
import { type FileResult, runTestFile } from "./test/run-file.ts";

const FILE_TIMEOUT_SECONDS = Number(process.env.DISTILL_TEST_TIMEOUT ?? 600);
const SLOWEST = 10;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const indent = (text: string): string => text.replace(/^(?=.)/gm, "    ");
const shorten = (file: string): string => {
  const path = relative(ROOT, file);
  return path.startsWith("..") ? file : path;
};

function printFile({ file, milliseconds, passed, failures, skipped, output }: FileResult): void {
  const failed = failures.length > 0;
  const counts = [
    passed.length > 0 || !failed ? `${passed.length} passed` : "",
    failed ? `${failures.length} failed` : "",
    skipped.length > 0 ? `${skipped.length} skipped` : "",
  ];
  const verdict = failed ? "FAIL" : "ok  ";
  print(`${verdict} ${seconds(milliseconds).padStart(7)}  ${shorten(file)}: ${counts.filter(Boolean).join(", ")}`);
  if (!failed) return;
  for (const { name, line, text } of failures) {
    print(`\n  not ok: ${name}${line === undefined ? "" : ` (${shorten(file)}:${line})`}\n${indent(text)}`);
  }
  if (output.trim() !== "") print(`\n  what the file printed:\n${indent(output.trimEnd())}`);
  print("");
}

function printSummary(results: readonly FileResult[]): void {
  const skipped = results.flatMap(({ file, skipped }) => skipped.map((test) => ({ file, ...test })));
  if (skipped.length > 0) print("\nSkipped:");
  for (const { file, name, reason } of skipped) print(`  ${shorten(file)}: ${name} (${reason})`);

  const timed = results.flatMap(({ file, passed }) => passed.map((test) => ({ file, ...test })));
  timed.sort((a, b) => b.milliseconds - a.milliseconds);
  const slowest = timed.slice(0, SLOWEST).filter(({ milliseconds }) => milliseconds >= 100);
  if (slowest.length > 0) {
    print("\nSlowest:");
    for (const { file, name, milliseconds } of slowest) {
      print(`  ${seconds(milliseconds).padStart(7)}  ${shorten(file)}: ${name}`);
    }
  }

  const failed = results.flatMap(({ file, failures }) => failures.map(({ name }) => `  ${shorten(file)}: ${name}`));
  if (failed.length > 0) print(`\nFailed:\n${failed.join("\n")}`);
}

/**
 * Tests that start the program start what ships, which takes half the time of the sources. The bundle lies where the
 * packages that it does not contain are found; undefined where no test starts the program.
 */
async function bundleFor(files: readonly string[]): Promise<string | undefined> {
  if (!files.some((file) => !relative(ROOT, file).startsWith("src"))) return undefined;
  const directory = mkdtempSync(join(ROOT, "node_modules", ".distill-test-"));
  chmodSync(directory, 0o755);
  await bundle(directory);
  process.env.DISTILL_TEST_PROGRAM = join(directory, "distill.js");
  return directory;
}

async function main(filters: readonly string[]): Promise<number> {
  const marker = markProcesses();
  // Where an ordinary user's PATH does not lead, and where tests look for ldconfig, dockerd and their like.
  process.env.PATH = [process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);
  const shared = mkdtempSync(join(tmpdir(), "distill-test-home-"));
  process.env.DISTILL_TEST_HOME = shared;
  const files = findTestFiles(filters);
  const program = await bundleFor(files);
  const results: FileResult[] = [];
  const keep = (result: FileResult): void => {
    results.push(result);
    printFile(result);
  };

  const wanted = CHECKS.filter(({ name }) => filters.length === 0 || filters.includes(name));
  await Promise.all(wanted.map(async (check) => keep(await runCheck(check))));

  const next = files.values();
  const worker = async (): Promise<void> => {
    for (const file of next) keep(await runTestFile(file, FILE_TIMEOUT_SECONDS * 1000));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  for (const directory of [shared, program])
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });

  printSummary(results);
  const open = leftovers(marker);
  if (open.length > 0) print(`\nStill running, started by a test:\n${open.map((line) => `  ${line}`).join("\n")}`);

  const count = (key: "passed" | "failures" | "skipped"): number => results.reduce((sum, r) => sum + r[key].length, 0);
  if (results.length === 0) print(`no test matches ${filters.join(" ")}`);
  print(`\n${count("passed")} passed, ${count("failures")} failed, ${count("skipped")} skipped`);
  return count("failures") > 0 || results.length === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
