import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { makeDirectories } from "./directories.ts";

describe("makeDirectories", () => {
  it("makes what is missing with the mode given, and says where that began", (test) => {
    const root = temporaryDirectory(test);
    assert.equal(makeDirectories(join(root, "a/b/c"), 0o700), join(root, "a"));
    assert.equal(statSync(join(root, "a/b")).mode & 0o777, 0o700);
    assert.equal(makeDirectories(join(root, "a/b/c/d")), join(root, "a/b/c/d"));
    assert.equal(makeDirectories(join(root, "a/b")), undefined);
  });

  it("goes through links to directories", (test) => {
    const root = temporaryDirectory(test);
    mkdirSync(join(root, "real"));
    symlinkSync("real", join(root, "link"));
    makeDirectories(join(root, "link/x"));
    assert.ok(existsSync(join(root, "real/x")));
  });

  it("fails with the system's error where a file is in the way", (test) => {
    const root = temporaryDirectory(test);
    writeFileSync(join(root, "file"), "");
    assert.throws(() => makeDirectories(join(root, "file")), { code: "EEXIST" });
    assert.throws(() => makeDirectories(join(root, "file/x")), { code: "ENOTDIR" });
    assert.throws(() => makeDirectories(join(root, "file/x/y")), { code: "ENOTDIR" });
  });

  it("ends where the system says of a directory that exists that it does not", {
    skip: !existsSync("/proc/self"),
  }, () => {
    assert.throws(() => makeDirectories("/proc/distill/x"), { code: "ENOENT" });
  });
});
