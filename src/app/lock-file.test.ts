import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import type { LockSection } from "../compose/lock/lock.ts";
import { progressTo } from "../lib/progress.ts";
import { withLock } from "./lock-file.ts";

const PLATFORM = { os: "linux", architecture: "amd64" } as const;
const SECTION: LockSection = { asked: { base: "static" }, archives: [], packages: [] };

function listening() {
  const said: string[] = [];
  return { said, progress: progressTo((event) => event.kind === "note" && said.push(event.text)) };
}

test("the parts of several bases of one file stand beside each other", async (t) => {
  const path = join(temporaryDirectory(t), "distill.lock");
  const { progress } = listening();
  const options = { lock: { file: path, locked: false, update: false }, progress };
  await withLock(undefined, options, async (lock) => {
    lock?.forBase("gcr.io/distroless/static").put(PLATFORM, SECTION);
    lock?.forBase("gcr.io/distroless/base").put(PLATFORM, { ...SECTION, asked: { base: "base" } });
  });
  await withLock(undefined, options, async (lock) => {
    assert.deepEqual(lock?.forBase("gcr.io/distroless/base").section(PLATFORM)?.asked, { base: "base" });
    assert.deepEqual(lock?.forBase("gcr.io/distroless/static").section(PLATFORM), SECTION);
    assert.equal(lock?.section(PLATFORM), undefined);
  });
});

test("a lock that is only obeyed is not written, and what it does not name is told", async (t) => {
  const path = join(temporaryDirectory(t), "distill.lock");
  const { said, progress } = listening();
  const options = { lock: { file: undefined, locked: false, update: false }, progress };
  await withLock(path, options, async (lock) => lock?.forBase("a").put(PLATFORM, SECTION), { writes: false });
  assert.equal(existsSync(path), false);
  assert.match(said.join("\n"), /distill\.lock does not name all that was composed: --lock .* writes it/);
  await withLock(path, options, async (lock) => lock?.forBase("a").put(PLATFORM, SECTION));
  assert.match(readFileSync(path, "utf8"), /linux\/amd64 a/);
});
