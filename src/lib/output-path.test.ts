import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { unlessTools } from "../../test/support/tools.ts";
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

  const root = process.getuid?.() === 0;

  it("refuses a directory that cannot be written to", { skip: root && unlessTools("unshare", "mount") }, (test) => {
    const closed = join(temporaryDirectory(test), "closed");
    mkdirSync(closed, { mode: 0o500 });
    if (!root) {
      assert.throws(() => refuseUnwritable(join(closed, "x"), "file"), { code: "IO" });
      assert.throws(() => refuseUnwritable(join(closed, "x/y"), "directory"), { code: "IO" });
      return;
    }
    // Root may write to any directory but one that is mounted read-only.
    const program = `
      const { refuseUnwritable } = await import(${JSON.stringify(new URL("./output-path.ts", import.meta.url).href)});
      for (const [path, kind] of [["x", "file"], ["x/y", "directory"]]) {
        try { refuseUnwritable(${JSON.stringify(closed)} + "/" + path, kind); } catch (error) { console.log(error.code); }
      }`;
    const mounted = 'mount -t tmpfs -o ro tmpfs "$0" && exec "$1" --input-type=module -e "$2"';
    const args = ["-m", "sh", "-c", mounted, closed, process.execPath, program];
    assert.equal(execFileSync("unshare", args, { encoding: "utf8" }), "IO\nIO\n");
  });
});
