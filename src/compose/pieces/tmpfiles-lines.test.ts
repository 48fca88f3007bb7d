import assert from "node:assert/strict";
import { test } from "node:test";
import { readTmpfiles } from "./tmpfiles-lines.ts";

test("a path longer than any is not read, and takes no time", () => {
  const started = process.cpuUsage();
  const lines = readTmpfiles(`d ${"/".repeat(100_000)}x\nd /run/demo/ 0750\n`);
  assert.deepEqual(
    lines.map(({ kind, line }) => [kind, line]),
    [
      ["unread", 1],
      ["directory", 2],
    ],
  );
  const [, directory] = lines;
  assert.ok(directory?.kind === "directory" && directory.path === "/run/demo" && directory.mode === "0750");
  const { user } = process.cpuUsage(started);
  assert.ok(user < 1_000_000, `${user} microseconds`);
});
