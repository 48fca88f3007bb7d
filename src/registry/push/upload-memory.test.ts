import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { digestOf } from "../../lib/digest.ts";
import type { Remote } from "../remote.ts";
import { uploadMemory } from "./upload-memory.ts";

const REMOTE: Remote = {
  ...{ registry: "r.test", host: "r.test", path: "app", credentialKey: "r.test" },
  ...{ tls: undefined, mayBePlain: false, mirror: false },
};
const DIGEST = digestOf("blob");
const PLACE = new URL("https://r.test/v2/app/blobs/uploads/1?state=secret");
const DAY = 24 * 3600 * 1000;

function place(t: TestContext): string {
  return join(temporaryDirectory(t), "uploads");
}

/** The only file of the directory. */
function fileIn(directory: string): string {
  const [name, ...others] = readdirSync(directory);
  assert.deepEqual(others, []);
  return join(directory, name ?? "");
}

test("an upload is taken up by one process, whoever of them comes first", async (t) => {
  const directory = place(t);
  const [one, two] = [uploadMemory(directory), uploadMemory(directory)];
  await one.remember(REMOTE, DIGEST, PLACE);
  const taken = await Promise.all([one, two, one, two].map((memory) => memory.take(REMOTE, DIGEST)));
  assert.deepEqual(
    taken.filter((each) => each !== undefined).map(({ href }) => href),
    [PLACE.href],
  );
  assert.deepEqual(readdirSync(directory), []);
});

test("uploads of other blobs, repositories and registries are others", async (t) => {
  const memory = uploadMemory(place(t));
  await memory.remember(REMOTE, DIGEST, PLACE);
  assert.equal(await memory.take(REMOTE, digestOf("other")), undefined);
  assert.equal(await memory.take({ ...REMOTE, path: "other" }, DIGEST), undefined);
  assert.equal(await memory.take({ ...REMOTE, host: "other.test" }, DIGEST), undefined);
  await memory.forget(REMOTE, DIGEST);
  assert.equal(await memory.take(REMOTE, DIGEST), undefined);
});

test("an address is readable by its owner only", async (t) => {
  const directory = place(t);
  await uploadMemory(directory).remember(REMOTE, DIGEST, PLACE);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(fileIn(directory)).mode & 0o777, 0o600);
});

test("what is older than a day is not gone on with, and does not stay", async (t) => {
  const directory = place(t);
  const memory = uploadMemory(directory);
  await memory.remember(REMOTE, DIGEST, PLACE);
  const file = fileIn(directory);
  const saved = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...saved, at: saved.at - DAY }));
  assert.equal(await memory.take(REMOTE, DIGEST), undefined);

  await memory.remember(REMOTE, DIGEST, PLACE);
  const old = new Date(Date.now() - DAY);
  utimesSync(fileIn(directory), old, old);
  writeFileSync(join(directory, "of-a-killed-process"), "");
  utimesSync(join(directory, "of-a-killed-process"), old, old);
  await uploadMemory(directory).remember(REMOTE, digestOf("other"), PLACE);
  assert.equal(readdirSync(directory).length, 1);
});

test("nonsense in a file is nothing", async (t) => {
  const directory = place(t);
  const memory = uploadMemory(directory);
  for (const text of ["", "null", "[]", '{"location":7,"at":8}', '{"location":"no address","at":9e99}', "{}"]) {
    await memory.remember(REMOTE, DIGEST, PLACE);
    writeFileSync(fileIn(directory), text);
    assert.equal(await memory.take(REMOTE, DIGEST), undefined, text);
    assert.deepEqual(readdirSync(directory), []);
  }
});

test("where nothing can be written, nothing is remembered and nothing fails", async (t) => {
  const directory = place(t);
  writeFileSync(directory, "a file in its place");
  const memory = uploadMemory(directory);
  await memory.remember(REMOTE, DIGEST, PLACE);
  await memory.forget(REMOTE, DIGEST);
  assert.equal(await memory.take(REMOTE, DIGEST), undefined);
});
