import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A new directory that goes when the test ends. */
export function temporaryDirectory(test: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "distill-test-"));
  test.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** As temporaryDirectory, for a whole file of tests; `remove` is to be called when they have ended. */
export function makeTemporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "distill-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
