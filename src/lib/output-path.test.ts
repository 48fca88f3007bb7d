import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { refuseUnwritable } from "./output-path.ts";

describe("refuseUnwritable", () => {
  it("takes files and directories that exist or can be made", (test) => {
    const root = temporaryDirectory(test);
    writeFileSync(join(root, "file"), "");
    symlinkSync("file", join(root, "link"));
    for (const path of ["file", "link", "new"]) refuseUnwritable(join(root, path), "file");
    for (const path of ["", "new", "a/b/c"]) refuseUnwritable(join(root, path), "directory");
    refuseUnwritable("/dev/null", "file");
  });

  it("names what is in the way", (test) => {
    const root = temporaryDirectory(test);
    writeFileSync(join(root, "file"), "");
    mkdirSync(join(root, "directory"));
    for (const [path, kind, code] of [
      ["directory", "file", "USAGE"],
      ["none/x", "file", "NO_SUCH_PATH"],
      ["file/x", "file", "NO_SUCH_PATH"],
      ["file", "directory", "USAGE"],
      ["file/x", "directory", "IO"],
    ] as const) {
      const refused = () => refuseUnwritable(join(root, path), kind);
      assert.throws(refused, (error: Error & { code?: string; hint?: string }) => {
        assert.equal(error.code, code, path);
        assert.ok(error.message.includes(join(root, path)));
        assert.ok(error.hint);
        return true;
      });
    }
  });

  it("refuses a directory that this user may not write to", { skip: process.getuid?.() === 0 && "is root" }, (test) => {
    const root = temporaryDirectory(test);
    mkdirSync(join(root, "closed"), { mode: 0o500 });
    assert.throws(() => refuseUnwritable(join(root, "closed/x"), "file"), { code: "IO" });
    assert.throws(() => refuseUnwritable(join(root, "closed/x/y"), "directory"), { code: "IO" });
  });
});
