import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { onceAmongProcesses } from "./once-among-processes.ts";
import { ownIdentity } from "./process-identity.ts";

/** A result that is found once it was made; counts how often that was. */
function slowWork() {
  let value: string | undefined;
  const counted = { made: 0 };
  const find = async (): Promise<string | undefined> => value;
  const make = async (): Promise<string> => {
    counted.made++;
    await new Promise((resolve) => setTimeout(resolve, 60));
    value = "made";
    return value;
  };
  return { counted, find, make };
}

test("of several that want the same, one makes it and the others find it", async (t) => {
  const lock = join(temporaryDirectory(t), "lock");
  const { counted, ...work } = slowWork();
  const results = await Promise.all(Array.from({ length: 5 }, () => onceAmongProcesses(lock, work, undefined)));
  assert.deepEqual(
    results,
    Array.from({ length: 5 }, () => "made"),
  );
  assert.equal(counted.made, 1);
  assert.ok(!existsSync(lock));
});

test("a lock of a process that is gone, or of nobody, does not hold for ever", async (t) => {
  const lock = join(temporaryDirectory(t), "lock");
  writeFileSync(lock, JSON.stringify({ ...ownIdentity(), process: "another boot/1" }));
  const { counted, ...work } = slowWork();
  assert.equal(await onceAmongProcesses(lock, work, undefined), "made");
  assert.equal(counted.made, 1);
});

test("a failure is the maker's own, and the next one tries again", async (t) => {
  const lock = join(temporaryDirectory(t), "lock");
  const fails = { find: async () => undefined, make: () => Promise.reject(new Error("no disk")) };
  await assert.rejects(onceAmongProcesses(lock, fails, undefined), /no disk/);
  const { counted, ...work } = slowWork();
  assert.equal(await onceAmongProcesses(lock, work, undefined), "made");
  assert.equal(counted.made, 1);
});

test("where no lock can be written, everybody makes it", async (t) => {
  const file = join(temporaryDirectory(t), "file");
  writeFileSync(file, "");
  const { counted, ...work } = slowWork();
  assert.equal(await onceAmongProcesses(join(file, "lock"), work, undefined), "made");
  assert.equal(counted.made, 1);
});

test("who waits can be interrupted", async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, "x"));
  const lock = join(directory, "lock");
  writeFileSync(lock, JSON.stringify(ownIdentity()));
  const { counted, ...work } = slowWork();
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  await assert.rejects(onceAmongProcesses(lock, work, abort.signal), { code: "CANCELLED" });
  assert.equal(counted.made, 0);
  assert.ok(existsSync(lock), "it is the other one's");
});
