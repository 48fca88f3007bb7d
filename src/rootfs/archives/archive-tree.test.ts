import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { opened } from "../../../test/support/archives.ts";
import { describeTree } from "../../../test/support/root-trees.ts";
import { archiveOf, bare, type Entry, file } from "../../../test/support/tar.ts";
import { type ErrorCode, isDistillError } from "../../lib/errors.ts";
import { pathFromBytes } from "../path.ts";
import { archiveTree } from "./archive-tree.ts";
import type { UnpackOptions } from "./unpacker.ts";

type TestContext = Parameters<typeof opened>[0];

async function treeIn(t: TestContext, entries: readonly Entry[], options?: UnpackOptions) {
  return archiveTree(await opened(t, archiveOf(entries)), options);
}

describe("the tree of an archive that stands for a build context", () => {
  test("has the modes, links, times and attributes of the archive, and belongs to root", async (t) => {
    const xattrs = new Map([["user.x", new Uint8Array([0])]]);
    const tree = await treeIn(t, [
      bare({ path: "./", type: "directory", mode: 0o700, uid: 7 }),
      bare({ path: "./d/", type: "directory", mode: 0o2750, uid: 7, mtime: 5 }),
      file("./d/f", "text", { mode: 0o4755, uid: 7, gid: 8, mtime: 1.5, xattrs }),
      bare({ path: "./l", type: "symlink", linkname: "/etc/passwd", mode: 0o600 }),
      bare({ path: "./h", type: "hardlink", linkname: "./d/f", mode: 0o4755, mtime: 1.5 }),
      file("implied/x", "x"),
    ]);
    const common = { uid: 0, gid: 0, xattrs: [] };
    const linked = { ...common, type: "file", mode: 0o4755, mtime: 1.5, bytes: "text", links: "d/f" };
    assert.deepEqual(await describeTree(tree), {
      d: { ...common, type: "directory", mode: 0o2750, mtime: 5 },
      "d/f": { ...linked, xattrs: [["user.x", [0]]] },
      h: { ...linked, xattrs: [["user.x", [0]]] },
      implied: { ...common, type: "directory", mode: 0o755, mtime: 0 },
      "implied/x": { ...common, type: "file", mode: 0o644, mtime: 0, bytes: "x", links: undefined },
      l: { ...common, type: "symlink", mode: 0o777, mtime: 0, target: "/etc/passwd" },
    });
    assert.equal(tree.root.attributes.mode, 0o755);
    const owners = ["d", "d/f", "implied"].map((path) => tree.get(pathFromBytes(path))?.attributes.owner);
    assert.deepEqual(
      owners,
      ["d", "d/f", "implied"].map((path) => ({ kind: "context", path })),
    );
  });

  test("has the last of several entries of one name", async (t) => {
    const tree = await treeIn(t, [file("f", "first"), file("g/x", ""), file("f", "second"), file("g", "file")]);
    const described = (await describeTree(tree)) as Record<string, { bytes?: string }>;
    assert.deepEqual(
      Object.entries(described).map(([path, { bytes }]) => [path, bytes]),
      [
        ["f", "second"],
        ["g", "file"],
      ],
    );
  });

  test("refuses what no context may hold, by the name of the archive and the entry", async (t) => {
    const refused: readonly (readonly [Entry, ErrorCode, RegExp])[] = [
      [bare({ path: "null", type: "char" }), "UNSUPPORTED", /^app\.tar: "null" is a device/],
      [bare({ path: "sda", type: "block" }), "UNSUPPORTED", /^app\.tar: "sda" is a device/],
      [bare({ path: "pipe", type: "fifo" }), "UNSUPPORTED", /^app\.tar: "pipe" is a fifo/],
      [file("../f", ""), "FORMAT_INVALID", /^app\.tar: path "\.\.\/f" is refused/],
      [file("a/../f", ""), "FORMAT_INVALID", /^app\.tar: path "a\/\.\.\/f" is refused/],
      [
        bare({ path: "h", type: "hardlink", linkname: "../x" }),
        "FORMAT_INVALID",
        /^app\.tar: path "\.\.\/x" is refused/,
      ],
      [bare({ path: "h", type: "hardlink", linkname: "x" }), "FORMAT_INVALID", /^app\.tar: hard link \/h leads to \/x/],
    ];
    for (const [entry, code, says] of refused) {
      await assert.rejects(treeIn(t, [entry]), (error) => {
        assert.ok(isDistillError(error, code), String(error));
        assert.match(error.message, says);
        return true;
      });
    }
  });

  test("takes no more entries than it may", async (t) => {
    const entries = [file("a/b", ""), file("c", "")];
    assert.equal([...(await treeIn(t, entries, { maxEntries: 3 })).entries()].length, 3);
    await assert.rejects(treeIn(t, entries, { maxEntries: 2 }), (error) => isDistillError(error, "LIMIT_EXCEEDED"));
  });
});
