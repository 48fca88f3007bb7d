import { globSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * The test files (absolute, sorted) whose path contains one of the filters, or all of them without filters. A filter that
 * names an existing file or folder outside the checkout adds the test files in it.
 */
export function findTestFiles(filters: readonly string[]): readonly string[] {
  const own = globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: ROOT, exclude: ["**/node_modules"] }).sort();
  const chosen = own.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(tidy(filter))));
  const foreign = filters.map((filter) => resolve(filter)).filter((path) => !path.startsWith(`${ROOT}/`));
  return [...chosen.map((file) => resolve(ROOT, file)), ...foreign.flatMap(testFilesIn)];
}

function tidy(filter: string): string {
  return filter.replace(/^\.\//, "");
}

function testFilesIn(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  return globSync("**/*.test.ts", { cwd: path })
    .sort()
    .map((file) => resolve(path, file));
}
