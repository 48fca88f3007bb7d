import assert from "node:assert/strict";
import { readFileSync, Stats, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { FileDigests } from "./file-digests.ts";

const NOW = 1_750_000_000_000;

function stats(parts: Partial<Stats> = {}): Stats {
  const values = { dev: 1, ino: 2, size: 3, mtimeMs: NOW - 100_000.25, ctimeMs: NOW - 50_000.5, ...parts };
  return Object.assign(Object.create(Stats.prototype), values);
}

const sha = (seed: number): string => seed.toString(16).padStart(64, "0");

test("a file is known by all of its numbers, and by nothing less", () => {
  const digests = FileDigests.open(undefined);
  const record = digests.learn(stats(), sha(7), NOW);
  assert.equal(digests.find(stats()), record);
  assert.equal(digests.digest(record), sha(7));
  for (const other of [{ dev: 9 }, { ino: 9 }, { size: 9 }, { mtimeMs: 9 }, { ctimeMs: 9 }]) {
    assert.equal(digests.find(stats(other)), undefined, JSON.stringify(other));
    assert.equal(digests.isStill(record, stats(other)), false);
  }
  assert.equal(digests.isStill(record, stats()), true);
});

test("a file that had changed just before is named, and not remembered", () => {
  const digests = FileDigests.open(undefined);
  for (const times of [
    { ctimeMs: NOW - 1000 },
    { ctimeMs: NOW },
    { ctimeMs: NOW + 3_600_000 },
    { mtimeMs: NOW - 1000 },
    { mtimeMs: NOW + 1000 },
  ]) {
    const record = digests.learn(stats(times), sha(1), NOW);
    assert.equal(digests.digest(record), sha(1));
    assert.equal(digests.find(stats(times)), undefined, JSON.stringify(times));
    assert.equal(digests.isStill(record, stats(times)), undefined);
  }
});

test("a time of modification that was set far ahead does not matter: the change time cannot be set", () => {
  const digests = FileDigests.open(undefined);
  const ahead = stats({ mtimeMs: NOW + 1e12 });
  const record = digests.learn(ahead, sha(1), NOW);
  assert.equal(digests.find(ahead), record);
});

test("inodes that a number cannot hold exactly are not remembered: two of them look the same", () => {
  const digests = FileDigests.open(undefined);
  const large = stats({ ino: 2 ** 53 + 2 });
  digests.learn(large, sha(1), NOW);
  assert.equal(digests.find(large), undefined);
});

test("a file that turned out to be another one is forgotten, and can be learned again", () => {
  const digests = FileDigests.open(undefined);
  digests.forget(digests.learn(stats(), sha(1), NOW));
  assert.equal(digests.find(stats()), undefined);
  const again = digests.learn(stats(), sha(2), NOW);
  assert.equal(digests.find(stats()), again);
  assert.equal(digests.digest(again), sha(2));
});

test("what is saved is found by the next build; later records of an inode replace earlier ones", async (t) => {
  const path = join(temporaryDirectory(t), "deep/digests");
  const first = FileDigests.open(path);
  const count = 20_000;
  for (let ino = 1; ino <= count; ino++) first.learn(stats({ ino }), sha(ino), NOW);
  first.learn(stats({ ino: 5, size: 50 }), sha(50_000), NOW);
  first.forget(first.learn(stats({ ino: 6, size: 60 }), sha(6), NOW));
  await first.save();
  const second = FileDigests.open(path);
  for (const ino of [1, 2, 8191, 8192, 8193, count]) {
    assert.equal(second.digest(second.find(stats({ ino })) ?? -1), sha(ino));
  }
  assert.equal(second.find(stats({ ino: 5 })), undefined);
  assert.equal(second.digest(second.find(stats({ ino: 5, size: 50 })) ?? -1), sha(50_000));
  assert.equal(second.find(stats({ ino: 6 })), undefined);
  assert.equal(second.find(stats({ ino: 6, size: 60 })), undefined);
});

test("files that are gone are not remembered for ever", async (t) => {
  const path = join(temporaryDirectory(t), "digests");
  const first = FileDigests.open(path);
  for (let ino = 1; ino <= 150_000; ino++) first.learn(stats({ ino }), sha(ino), NOW);
  await first.save();
  const second = FileDigests.open(path);
  assert.notEqual(second.find(stats({ ino: 7 })), undefined);
  second.learn(stats({ ino: 200_000 }), sha(1), NOW);
  await second.save();
  const third = FileDigests.open(path);
  const isKnown = (ino: number): boolean => third.find(stats({ ino })) !== undefined;
  assert.deepEqual([7, 200_000, 150_000, 50_001, 49_000].map(isKnown), [true, true, true, true, false]);
});

test("a memory that is damaged, cut or none of ours counts as empty", async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "digests");
  const first = FileDigests.open(path);
  for (let ino = 1; ino <= 100; ino++) first.learn(stats({ ino }), sha(ino), NOW);
  await first.save();
  const whole = readFileSync(path);
  const known = (): boolean => FileDigests.open(path).find(stats({ ino: 50 })) !== undefined;
  assert.ok(known());
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      writeFileSync(path, damaged);
      assert.ok(!known());
    }),
    { numRuns: 60 },
  );
  for (const size of [0, 10, 51, 52, whole.length - 72, whole.length - 1]) {
    writeFileSync(path, whole);
    truncateSync(path, size);
    assert.ok(!known(), `${size}`);
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.alloc(72)]));
  assert.ok(!known());
});

test("a memory that cannot be written fails nobody", async (t) => {
  const file = join(temporaryDirectory(t), "file");
  writeFileSync(file, "");
  const digests = FileDigests.open(join(file, "below"));
  digests.learn(stats(), sha(1), NOW);
  await digests.save();
  assert.notEqual(digests.find(stats()), undefined);
});
