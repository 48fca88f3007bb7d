import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { readSmallFile } from "./read-small-file.ts";

test("a plain file is read up to the limit", async (t) => {
  const path = join(temporaryDirectory(t), "a");
  writeFileSync(path, "12345");
  assert.equal((await readSmallFile(path, 5, "a")).toString(), "12345");
  await assert.rejects(readSmallFile(path, 4, "key: a"), { code: "LIMIT_EXCEEDED", message: /^key: a has 5 bytes/ });
});

test("devices and directories are refused, and so is a pipe without waiting for it", {
  skip: unlessTools("mkfifo"),
}, async (t) => {
  const directory = temporaryDirectory(t);
  const pipe = join(directory, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  for (const path of [pipe, directory, "/dev/zero"]) {
    await assert.rejects(
      readSmallFile(path, 5, "key: x"),
      { code: "CONFIG_INVALID", message: "key: x is not a plain file" },
      path,
    );
  }
});
