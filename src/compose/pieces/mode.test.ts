import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { changedMode } from "./mode.ts";

test("what is no mode is refused", () => {
  for (const text of ["", "u+q", "8", "0x1", "777777", "u", "rwx"])
    assert.equal(changedMode(0o644, text, false), undefined);
});

test("modes are what chmod makes of them", { skip: unlessTools("chmod") }, (t) => {
  const directory = temporaryDirectory(t);
  const [file, folder] = [join(directory, "file"), join(directory, "folder")];
  writeFileSync(file, "");
  mkdirSync(folder);
  const letters = fc.subarray(["r", "w", "x", "X", "s", "t"]).map((list) => list.join(""));
  const who = fc.subarray(["u", "g", "o"]).map((list) => list.join(""));
  const clause = fc
    .tuple(fc.oneof(who, fc.constant("a")), fc.constantFrom("+", "-", "="), letters)
    .map((parts) => parts.join(""));
  const symbolic = fc.array(clause, { minLength: 1, maxLength: 3 }).map((list) => list.join(","));
  const octal = fc.nat(0o7777).map((mode) => mode.toString(8).padStart(4, "0"));
  fc.assert(
    fc.property(fc.nat(0o7777), fc.oneof(symbolic, octal), fc.boolean(), (before, text, isDirectory) => {
      const path = isDirectory ? folder : file;
      chmodSync(path, before);
      const { status } = spawnSync("sh", ["-c", `umask 022; chmod -- ${text} ${path}`]);
      fc.pre(status === 0);
      assert.equal(changedMode(before, text, isDirectory)?.toString(8), (statSync(path).mode & 0o7777).toString(8));
    }),
    { numRuns: 60 },
  );
});
