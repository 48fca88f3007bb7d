import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { unpacked } from "../../../test/support/archives.ts";
import {
  describeTree,
  directoryNode,
  emptyTree,
  fileNode,
  type RootEntries,
  symlinkNode,
  treeOf,
} from "../../../test/support/root-trees.ts";
import { bare, type Entry, file } from "../../../test/support/tar.ts";
import { type ErrorCode, isDistillError } from "../../lib/errors.ts";
import type { Node } from "../node.ts";
import { pathFromBytes } from "../path.ts";
import type { Tree } from "../tree.ts";

const dir = (path: string, parts: object = {}): Entry => bare({ path, type: "directory", mode: 0o755, ...parts });
const symlink = (path: string, linkname: string): Entry => bare({ path, type: "symlink", linkname });
const hardlink = (path: string, linkname: string, parts: object = {}): Entry =>
  bare({ path, type: "hardlink", linkname, ...parts });

/** What lies where, in one word each: type and text, target or children's count aside. */
async function shape(tree: Tree): Promise<Record<string, string>> {
  const shapes: Record<string, string> = {};
  for (const [path, node] of tree.entries()) {
    if (node.type === "file") shapes[path] = Buffer.from(await node.content.read(0, node.content.size)).toString();
    else shapes[path] = node.type === "symlink" ? `-> ${node.target}` : node.type;
  }
  return shapes;
}

async function unpackedShape(base: RootEntries, entries: readonly Entry[], destination = ""): Promise<unknown> {
  return shape((await unpacked(treeOf(base), entries, { destination })).tree);
}

function at(tree: Tree, path: string): Node {
  const node = tree.get(pathFromBytes(path));
  assert.ok(node, `${path} is there`);
  return node;
}

async function refuses(base: RootEntries, entries: readonly Entry[], code: ErrorCode, says: RegExp): Promise<void> {
  await assert.rejects(unpacked(treeOf(base), entries, { destination: "app" }), (error) => {
    assert.ok(isDistillError(error, code), String(error));
    assert.match(error.message, says);
    assert.match(error.message, /^app\.tar: /);
    return true;
  });
}

describe("unpacking an archive into a directory of an image", () => {
  test("keeps modes, owners, times and extended attributes", async () => {
    const xattrs = new Map([["security.capability", new Uint8Array([1, 0, 255])]]);
    const { tree } = await unpacked(emptyTree(), [
      dir("d/", { mode: 0o2750, uid: 5, gid: 6, mtime: 77 }),
      file("d/f", "text", { mode: 0o4755, uid: 7, gid: 8, mtime: 1.5, xattrs }),
      bare({ path: "tmp", type: "directory", mode: 0o1777, mtime: 9 }),
    ]);
    const described = await describeTree(tree);
    assert.deepEqual(described, {
      d: { type: "directory", mode: 0o2750, uid: 5, gid: 6, mtime: 77, xattrs: [] },
      "d/f": {
        ...{ type: "file", mode: 0o4755, uid: 7, gid: 8, mtime: 1.5, bytes: "text", links: undefined },
        xattrs: [["security.capability", [1, 0, 255]]],
      },
      tmp: { type: "directory", mode: 0o1777, uid: 0, gid: 0, mtime: 9, xattrs: [] },
    });
    assert.deepEqual(at(tree, "d/f").attributes.owner, { kind: "context", path: "app.tar" });
  });

  test("gives every entry the account of --chown, and the directories that it leaves out to root", async () => {
    const { tree } = await unpacked(
      treeOf({ app: directoryNode({ uid: 3 }) }),
      [file("implied/f", "x", { uid: 9 }), dir("d/", { uid: 9 }), symlink("l", "f"), hardlink("h", "implied/f")],
      { destination: "app", account: { uid: 55, gid: 77 } },
    );
    const owners = Object.fromEntries(
      Array.from(tree.entries(), ([path, { attributes }]) => [path, `${attributes.uid}:${attributes.gid}`]),
    );
    assert.deepEqual(owners, {
      app: "3:0",
      "app/d": "55:77",
      "app/h": "55:77",
      "app/implied": "0:0",
      "app/implied/f": "55:77",
      "app/l": "55:77",
    });
    assert.equal(at(tree, "app/implied").attributes.mode, 0o755);
  });

  test("keeps devices and fifos, and gives links the mode that links have", async () => {
    const { tree } = await unpacked(emptyTree(), [
      bare({ path: "null", type: "char", mode: 0o666, devmajor: 1, devminor: 3 }),
      bare({ path: "disk", type: "block", devmajor: 8, devminor: 1 }),
      bare({ path: "pipe", type: "fifo" }),
      bare({ path: "link", type: "symlink", linkname: "x", mode: 0o600 }),
    ]);
    assert.deepEqual(at(tree, "null"), { type: "char", major: 1, minor: 3, attributes: at(tree, "null").attributes });
    assert.equal(at(tree, "disk").type, "block");
    assert.equal(at(tree, "pipe").type, "fifo");
    assert.equal(at(tree, "link").attributes.mode, 0o777);
  });

  test("says what was written, made directories among them and what was replaced again not", async () => {
    const base = treeOf({ "app/old/x": "x", other: "o" });
    const { written } = await unpacked(
      base,
      [file("a/b/f", ""), dir("old/"), dir("gone/"), file("gone/f", ""), file("gone", "now a file"), dir("./")],
      { destination: "app" },
    );
    assert.deepEqual([...written].sort(), ["app/a", "app/a/b", "app/a/b/f", "app/gone", "app/old"]);
  });

  test("lets a directory stay, with what is in it and the attributes of the entry", async () => {
    const { tree } = await unpacked(treeOf({ d: directoryNode({ mode: 0o700, uid: 4 }), "d/old": "old" }), [
      dir("d", { mode: 0o751, uid: 5, mtime: 3 }),
      file("d/new", "new"),
    ]);
    assert.deepEqual(await shape(tree), { d: "directory", "d/new": "new", "d/old": "old" });
    const { mode, uid, mtime } = at(tree, "d").attributes;
    assert.deepEqual([mode, uid, mtime], [0o751, 5, 3]);
  });

  test("passes over the entry of the destination itself", async () => {
    const base = treeOf({ app: directoryNode({ mode: 0o700, uid: 4 }) });
    for (const name of [".", "./", ".//.", "a/.."]) {
      const { tree, written } = await unpacked(base, [dir(name, { mode: 0o777, uid: 9 }), file("f", "")], {
        destination: "app",
      });
      assert.deepEqual([...written], ["app/f"], name);
      assert.equal(at(tree, "app").attributes.mode, 0o700, name);
    }
  });

  test("replaces everything else by what comes, whatever the two are", async () => {
    const kinds: Record<string, { readonly base: RootEntries; readonly entry: Entry; readonly left: object }> = {
      file: { base: { x: "old" }, entry: file("x", "new"), left: { x: "new" } },
      directory: { base: { "x/child": "" }, entry: dir("x/"), left: { x: "directory" } },
      symlink: { base: { x: symlinkNode("elsewhere") }, entry: symlink("x", "target"), left: { x: "-> target" } },
    };
    for (const [before, { base }] of Object.entries(kinds)) {
      for (const [after, { entry, left }] of Object.entries(kinds)) {
        const children = before === "directory" && after === "directory" ? { "x/child": "" } : {};
        const found = await unpackedShape({ elsewhere: undefined, ...base }, [entry]);
        assert.deepEqual(found, { elsewhere: "directory", ...left, ...children }, `${before} by ${after}`);
      }
    }
  });

  test("follows links on the way inside the destination only", async () => {
    const base = {
      etc: directoryNode(),
      "app/etc": directoryNode(),
      "app/absolute": symlinkNode("/etc"),
      "app/up": symlinkNode("../../etc"),
      "app/chain": symlinkNode("absolute"),
    };
    const found = await unpackedShape(base, [file("absolute/a", ""), file("up/b", ""), file("chain/sub/c", "")], "app");
    assert.deepEqual(found, {
      ...{ app: "directory", etc: "directory", "app/etc": "directory" },
      ...{ "app/absolute": "-> /etc", "app/up": "-> ../../etc", "app/chain": "-> absolute" },
      ...{ "app/etc/a": "", "app/etc/b": "", "app/etc/sub": "directory", "app/etc/sub/c": "" },
    });
  });

  test("takes .. as text, which stops at the destination", async () => {
    const base = { secret: "untouched", app: directoryNode(), "app/l": symlinkNode("/d"), "app/d/e": directoryNode() };
    const entries = [file("../../a", "1"), file("/b", "2"), file("l/../c", "3"), file("x/../../../d/f", "4")];
    assert.deepEqual(await unpackedShape(base, entries, "app"), {
      ...{ secret: "untouched", app: "directory", "app/l": "-> /d", "app/d": "directory", "app/d/e": "directory" },
      ...{ "app/a": "1", "app/b": "2", "app/c": "3", "app/d/f": "4" },
    });
  });

  test("takes / as the destination itself, whose attributes it then sets", async () => {
    for (const name of ["/", "..", "/a/..", "a/../.."]) {
      const { tree } = await unpacked(treeOf({ "app/f": "f" }), [dir(name, { mode: 0o711, uid: 3 })], {
        destination: "app",
      });
      assert.deepEqual(await shape(tree), { app: "directory", "app/f": "f" });
      assert.equal(at(tree, "app").attributes.uid, 3);
    }
    await refuses({ app: undefined }, [file("..", "x")], "FORMAT_INVALID", /is no directory/);
  });

  test("links to earlier entries and to files that are there, inside the destination", async () => {
    const { tree } = await unpacked(
      treeOf({ "app/there": "there", there: "outside", "app/dir/f": "f", "app/l": symlinkNode("/dir") }),
      [
        file("new", "new"),
        hardlink("one", "new"),
        hardlink("two", "/there"),
        hardlink("three", "../there"),
        hardlink("four", "l/f"),
      ],
      { destination: "app" },
    );
    const found = await shape(tree);
    assert.deepEqual(
      ["app/one", "app/two", "app/three", "app/four"].map((path) => found[path]),
      ["new", "there", "there", "f"],
    );
    const inodeOf = (path: string): unknown => {
      const node = at(tree, path);
      return node.type === "file" ? node.inode : undefined;
    };
    assert.ok(inodeOf("app/one"));
    assert.equal(inodeOf("app/one"), inodeOf("app/new"));
    assert.equal(inodeOf("app/two"), inodeOf("app/there"));
    assert.equal(inodeOf("app/three"), inodeOf("app/there"));
    assert.equal(inodeOf("there"), undefined);
  });

  test("lets a hard link's header count for all names of the file, as chmod of the new name would", async () => {
    const inode = {};
    const base = treeOf({
      first: fileNode("x", { mode: 0o600 }, inode),
      second: fileNode("x", { mode: 0o600 }, inode),
    });
    const { tree, written } = await unpacked(base, [
      hardlink("third", "first", { mode: 0o755, uid: 4, mtime: 6 }),
      file("apart", "y", { mode: 0o644 }),
      hardlink("beside", "apart", { mode: 0o644 }),
    ]);
    for (const path of ["first", "second", "third"]) {
      const { mode, uid, mtime } = at(tree, path).attributes;
      assert.deepEqual([mode, uid, mtime], [0o755, 4, 6], path);
    }
    assert.equal(at(tree, "apart").attributes.mode, 0o644);
    assert.deepEqual([...written].sort(), ["apart", "beside", "first", "second", "third"]);
  });

  test("takes the epoch for times that 64 bits of nanoseconds, counted from it, do not hold", async () => {
    const { tree } = await unpacked(emptyTree(), [
      file("before", "", { mtime: -5 }),
      file("after", "", { mtime: 1e12 }),
      file("late", "", { mtime: 9e9 }),
    ]);
    const times = ["before", "after", "late"].map((path) => at(tree, path).attributes.mtime);
    assert.deepEqual(times, [0, 0, 9e9]);
  });

  test("leaves the tree that it began with as it was", async () => {
    const base = treeOf({ "a/b": "b", c: "c" });
    const before = await describeTree(base);
    await unpacked(base, [file("a/b", "other"), hardlink("d", "c", { mode: 0o700 }), file("a", "file")]);
    assert.deepEqual(await describeTree(base), before);
  });

  test("refuses what no file system could make of it", async () => {
    const app = { app: undefined, "app/f": "file", "app/dangling": symlinkNode("nowhere") };
    const loop = { "app/loop": symlinkNode("loop") };
    await refuses(app, [file("f/x", "")], "FILE_CONFLICT", /below \/app\/f, which is a file/);
    await refuses(app, [file("dangling/x", "")], "FILE_CONFLICT", /a link that leads nowhere/);
    await refuses({ ...app, ...loop }, [file("loop/x", "")], "FORMAT_INVALID", /too many symbolic links/);
    await refuses(app, [hardlink("x", "missing")], "FORMAT_INVALID", /where no file is/);
    await refuses(app, [hardlink("f", "f")], "FORMAT_INVALID", /where no file is/);
    await refuses(app, [dir("d"), hardlink("x", "d")], "FORMAT_INVALID", /where no file is/);
    await refuses(app, [file("n".repeat(256), "")], "FORMAT_INVALID", /longer than 255/);
    await refuses(app, [symlink("s", "t".repeat(5000))], "FORMAT_INVALID", /target of 5000 bytes/);
  });

  test("takes no more entries than it may, made directories among them", async () => {
    const three = [file("a/b/c", "")];
    assert.equal((await unpacked(emptyTree(), three, { maxEntries: 3 })).written.size, 3);
    await assert.rejects(unpacked(emptyTree(), three, { maxEntries: 2 }), (error) =>
      isDistillError(error, "LIMIT_EXCEEDED"),
    );
  });

  test("ends when it is cancelled", async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => file(`d${index % 100}/${index}`, ""));
    const [now, soon] = [AbortSignal.abort(), new AbortController()];
    setImmediate(() => soon.abort());
    for (const signal of [now, soon.signal]) {
      await assert.rejects(unpacked(emptyTree(), entries, { signal }), (error) => isDistillError(error, "CANCELLED"));
    }
  });
});
