import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { isDistillError } from "./errors.ts";
import { ifExists, writeAtomically, writeFully } from "./files.ts";

test("a file appears whole, with its directories, and replaces what was there", async (t) => {
  const root = temporaryDirectory(t);
  const path = join(root, "a/b/file");
  for (const [text, durable] of [
    ["one", true],
    ["two", false],
  ] as const) {
    const value = await writeAtomically(
      path,
      root,
      async (handle) => {
        await writeFully(handle, Buffer.from(text));
        return 7;
      },
      { durable },
    );
    assert.deepEqual([value, readFileSync(path, "utf8")], [7, text]);
  }
  assert.deepEqual(readdirSync(root), ["a"]);
});

test("a failure leaves the old file and nothing else", async (t) => {
  const root = temporaryDirectory(t);
  const path = join(root, "file");
  writeFileSync(path, "old");
  const failing = writeAtomically(path, root, async (handle) => {
    await writeFully(handle, Buffer.from("half"));
    assert.equal(readFileSync(path, "utf8"), "old");
    throw new Error("broken");
  });
  await assert.rejects(failing, /^Error: broken$/);
  assert.deepEqual([readdirSync(root), readFileSync(path, "utf8")], [["file"], "old"]);
});

test("what the system refuses is told with the path and the reason", async (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, "taken/x"), { recursive: true });
  await assert.rejects(
    writeAtomically(join(root, "taken"), root, async () => {}),
    (error) => {
      assert.ok(isDistillError(error, "IO"));
      assert.match(error.message, /^writing \S+taken failed: .*\(EISDIR\)$|^writing \S+taken failed: /);
      return true;
    },
  );
  assert.deepEqual(readdirSync(root), ["taken"]);
  await assert.rejects(
    writeAtomically(join(root, "x"), join(root, "gone"), async () => {}),
    (error) => isDistillError(error, "IO"),
  );
});

test("a missing file is undefined, another failure is not", async (t) => {
  const root = temporaryDirectory(t);
  assert.equal(await ifExists(open(join(root, "gone"))), undefined);
  assert.equal(await ifExists(Promise.resolve(5)), 5);
  writeFileSync(join(root, "file"), "");
  await assert.rejects(ifExists(open(join(root, "file/below"))), { code: "ENOTDIR" });
});
