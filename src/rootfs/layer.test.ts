import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../test/support/directories.ts";
import {
  applied,
  attributes,
  changed,
  describeTree,
  directoryNode,
  emptyTree,
  fileNode,
  layerBytes,
  symlinkNode,
  treeOf,
} from "../../test/support/root-trees.ts";
import { archiveOf, bare, type Entry, file, streamed } from "../../test/support/tar.ts";
import { isDistillError } from "../lib/errors.ts";
import { BackingFile, bytesContent, streamContent } from "./content.ts";
import { diffTrees, wholeTree } from "./diff.ts";
import { writeLayer } from "./layer-writer.ts";
import type { Inode, Node } from "./node.ts";
import { comparePaths, pathFromBytes, type RootPath } from "./path.ts";
import type { Tree } from "./tree.ts";

const p = pathFromBytes;

/** The paths of a layer as its archive has them. */
async function names(layer: Buffer): Promise<readonly string[]> {
  const { entries, message } = await streamed(layer);
  assert.equal(message, "");
  return entries.map(({ header }) => header.path);
}

const diffNames = async (lower: Tree, upper: Tree): Promise<readonly string[]> =>
  names(await layerBytes(diffTrees(lower, upper)));

/** What a layer of these entries makes of `lower`: the paths, or the code of the failure. */
async function outcome(
  context: TestContext,
  lower: Tree,
  entries: readonly Entry[],
): Promise<readonly string[] | string> {
  try {
    const tree = await applied(lower, archiveOf(entries), temporaryDirectory(context));
    return [...tree.entries()].map(([path]) => path);
  } catch (error) {
    assert.ok(isDistillError(error), String(error));
    return error.code;
  }
}

const whiteout = (path: string): Entry => file(path, "");

type Spec = readonly (readonly [path: RootPath, node: Node | number])[];

const attribute = fc.record({
  mode: fc.constantFrom(0o644, 0o755, 0o4755, 0o2755, 0o1777, 0),
  uid: fc.constantFrom(0, 1000, 65532, 3_000_000),
  gid: fc.constantFrom(0, 65532),
  mtime: fc.constantFrom(0, 1e9, 1.25, -5),
  xattrs: fc.constantFrom<ReadonlyMap<string, Uint8Array>[]>(
    new Map(),
    new Map([["security.capability", Uint8Array.of(1, 0, 0, 2, 255, 10)]]),
    new Map([
      ["user.b", Uint8Array.of()],
      ["user.a", Buffer.from("x=1\n")],
    ]),
  ),
});
const node: fc.Arbitrary<Node | number> = fc.oneof(
  fc.tuple(fc.constantFrom("", "x", "y".repeat(600)), attribute).map(([text, parts]) => fileNode(text, parts)),
  attribute.map((parts) => directoryNode(parts)),
  fc.constantFrom("a", "/a/b", "../b", "nowhere", "t".repeat(150)).map((target) => symlinkNode(target)),
  fc
    .tuple(fc.constantFrom("char" as const, "block" as const), fc.nat(300), fc.nat(70000), attribute)
    .map(([type, major, minor, parts]): Node => ({ type, major, minor, attributes: attributes(parts) })),
  attribute.map((parts): Node => ({ type: "fifo", attributes: attributes(parts) })),
  // A name of one of three files that have several.
  { weight: 3, arbitrary: fc.nat(2) },
);
const paths = fc
  .array(fc.constantFrom("a", "b", "b-", "c.d", "\xe9\xff", "n".repeat(120)), { minLength: 1, maxLength: 3 })
  .map((parts) => p(parts.join("/")));
const specs: fc.Arbitrary<Spec> = fc.array(fc.tuple(paths, node), { maxLength: 25 });

const shared = ["one", "two", "three"].map((text) => {
  const inode: Inode = {};
  return fileNode(text, { uid: 7, mtime: 3 }, inode);
});

function build(base: Tree, spec: Spec, removed: readonly RootPath[]): Tree {
  let tree = base;
  for (const path of removed) tree = changed(tree, { [path]: null });
  for (const [path, made] of spec) {
    try {
      tree = changed(tree, { [path]: typeof made === "number" ? (shared[made] as Node) : made });
    } catch (error) {
      assert.ok(isDistillError(error, "FILE_CONFLICT"), String(error));
    }
  }
  return tree;
}

describe("a layer", () => {
  test("made of two trees turns the one into the other", async (context) => {
    const directory = temporaryDirectory(context);
    let links = 0;
    await fc.assert(
      fc.asyncProperty(
        specs,
        specs,
        fc.array(paths, { maxLength: 6 }),
        fc.boolean(),
        async (first, second, gone, fresh) => {
          const lower = build(emptyTree(), first, []);
          const upper = build(fresh ? emptyTree() : lower, second, gone);
          const changes = diffTrees(lower, upper);
          const order = changes.map(({ path }) => path);
          assert.deepEqual(order, [...new Set(order)].sort(comparePaths));
          const layer = await layerBytes(changes);
          assert.ok(layer.equals(await layerBytes(diffTrees(lower, upper))));
          const written = await names(layer);
          assert.equal(new Set(written.map((name) => name.replace(/\/$/, ""))).size, written.length);
          const description = await describeTree(upper);
          links += Object.values(description).filter(
            (entry) => (entry as { links?: unknown }).links !== undefined,
          ).length;
          assert.deepEqual(await describeTree(await applied(lower, layer, directory)), description);
          assert.deepEqual(diffTrees(upper, upper), []);
        },
      ),
      { numRuns: 150 },
    );
    assert.ok(links > 50, `only ${links} hard links were tried`);
  });

  test("of a whole tree makes it from nothing", async (context) => {
    const directory = temporaryDirectory(context);
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        const tree = build(emptyTree(), spec, []);
        const layer = await layerBytes(wholeTree(tree));
        assert.deepEqual(await describeTree(await applied(emptyTree(), layer, directory)), await describeTree(tree));
      }),
      { numRuns: 40 },
    );
  });

  test("carries the directories above a change as they are, for those who unpack it on its own", async () => {
    const lower = treeOf({ tmp: directoryNode({ mode: 0o1777 }), "tmp/d/old": "", "srv/x": "" });
    const upper = changed(lower, { "tmp/d/new": "", "tmp/d/old": null });
    const { entries } = await streamed(await layerBytes(diffTrees(lower, upper)));
    assert.deepEqual(
      entries.map(({ header }) => [header.path, header.mode]),
      [
        ["tmp/", 0o1777],
        ["tmp/d/", 0o755],
        ["tmp/d/new", 0o644],
        ["tmp/d/.wh.old", 0],
      ],
    );
  });

  test("repeats all names of a file of which one is new: a link cannot lead into a lower layer", async () => {
    const linked = fileNode("bytes", {}, {});
    const lower = treeOf({ "bin/a": linked, "bin/b": linked, other: fileNode("x", {}, {}) });
    const { entries } = await streamed(await layerBytes(diffTrees(lower, changed(lower, { z: linked }))));
    assert.deepEqual(
      entries.map(({ header }) => [header.path, header.type, header.linkname]),
      [
        ["bin/", "directory", ""],
        ["bin/a", "file", ""],
        ["bin/b", "hardlink", "bin/a"],
        ["z", "hardlink", "bin/a"],
      ],
    );
    assert.deepEqual(await diffNames(lower, changed(lower, { "bin/a": null })), ["bin/", "bin/.wh.a"]);
  });

  test("says once that a directory is gone, and not at all that another type took a path", async () => {
    const lower = treeOf({ "d/e/f": "", "x/y": "" });
    assert.deepEqual(await diffNames(lower, changed(lower, { d: null })), [".wh.d"]);
    assert.deepEqual(await diffNames(lower, changed(lower, { d: "now a file" })), ["d"]);
    assert.deepEqual(await diffNames(lower, changed(lower, { "x/y": directoryNode(), "x/y/z": "" })), [
      "x/",
      "x/y/",
      "x/y/z",
    ]);
  });

  test("carries the time that is asked for, and no names of users", async () => {
    const tree = treeOf({ a: fileNode("x", { mtime: 77.5 }), d: directoryNode({ mtime: 5 }) });
    const bytes: Uint8Array[] = [];
    for await (const piece of writeLayer(wholeTree(tree), { timestamp: 1234 })) bytes.push(piece);
    const { entries } = await streamed(Buffer.concat(bytes));
    assert.deepEqual(
      entries.map(({ header }) => [header.mtime, header.uname, header.gname]),
      [
        [1234, "", ""],
        [1234, "", ""],
      ],
    );
  });

  test("cannot hold a name that means a removal", async () => {
    for (const path of [".wh.x", "d/.wh.", "d/.wh..wh..opq"]) {
      await assert.rejects(layerBytes(wholeTree(treeOf({ [path]: "" }))), (error) =>
        isDistillError(error, "UNSUPPORTED"),
      );
      const gone = [{ path: p(path), node: undefined }];
      await assert.rejects(layerBytes(gone), (error) => isDistillError(error, "UNSUPPORTED"));
    }
  });

  test("is not written of contents that are shorter than they said", async () => {
    const content = { size: 10, read: async () => Buffer.from("short") };
    const short: Node = { type: "file", attributes: attributes(), content, inode: undefined };
    await assert.rejects(layerBytes(wholeTree(treeOf({ short }))), (error) => isDistillError(error, "IO"));
  });

  test("is not written of changes out of order", async () => {
    const changes = [...wholeTree(treeOf({ a: "", b: "" }))].reverse();
    await assert.rejects(layerBytes(changes), /out of order/);
  });
});

describe("applying", () => {
  const lower = treeOf({
    "etc/passwd": "root",
    "usr/lib/a": "",
    "usr/lib/b": "",
    lib: symlinkNode("usr/lib"),
    "d/x": "",
    "d/e/y": "",
  });
  const all = [...lower.entries()].map(([path]) => path);
  const without = (...gone: string[]): string[] => all.filter((path) => !gone.includes(path));

  test("a whiteout removes what lower layers have, with all below it", async (context) => {
    assert.deepEqual(await outcome(context, lower, [whiteout("d/.wh.x")]), without("d/x"));
    assert.deepEqual(await outcome(context, lower, [whiteout("./.wh.d")]), without("d", "d/e", "d/e/y", "d/x"));
    assert.deepEqual(await outcome(context, lower, [whiteout("d/.wh.none"), whiteout("no/.wh.x")]), all);
    assert.deepEqual(await outcome(context, lower, [whiteout(".wh.lib")]), without("lib"));
  });

  test("a whiteout goes through links as every other entry does", async (context) => {
    assert.deepEqual(await outcome(context, lower, [whiteout("lib/.wh.a")]), without("usr/lib/a"));
    assert.deepEqual(await outcome(context, lower, [whiteout("lib/.wh..wh..opq")]), without("usr/lib/a", "usr/lib/b"));
  });

  test("an opaque directory and a whiteout leave what the same layer puts there, wherever they stand", async (context) => {
    const entries = [bare({ path: "d/", type: "directory" }), file("d/new", "")];
    const expected = [...without("d/x", "d/e", "d/e/y"), "d/new"].sort(comparePaths);
    for (const marker of [whiteout("d/.wh..wh..opq"), whiteout(".wh.d")]) {
      assert.deepEqual(await outcome(context, lower, [...entries, marker]), expected);
      assert.deepEqual(await outcome(context, lower, [marker, ...entries]), expected);
    }
  });

  test("a removal may have a name that no file can have", async (context) => {
    const long = "n".repeat(255);
    const tree = treeOf({ [long]: "", kept: "" });
    assert.deepEqual(await diffNames(tree, changed(tree, { [long]: null })), [`.wh.${long}`]);
    assert.deepEqual(await outcome(context, tree, [whiteout(`.wh.${long}`)]), ["kept"]);
  });

  test("a removal of nothing, of the directory or of the one above is refused", async (context) => {
    for (const name of [".wh.", "d/.wh.", "d/.wh..", "d/.wh...", ".wh..."]) {
      assert.equal(await outcome(context, lower, [whiteout(name)]), "FORMAT_INVALID", name);
    }
  });

  test("the bookkeeping of AUFS is no part of the image, but hard links may lead there", async (context) => {
    const entries = [
      whiteout(".wh..wh.aufs"),
      bare({ path: ".wh..wh.plnk/", type: "directory" }),
      file(".wh..wh.plnk/123.456", "linked"),
      bare({ path: "one", type: "hardlink", linkname: ".wh..wh.plnk/123.456" }),
      bare({ path: "two", type: "hardlink", linkname: ".wh..wh.plnk/123.456" }),
      whiteout("d/.wh..wh.aufs"),
    ];
    assert.deepEqual(await outcome(context, lower, entries), [...all, "one", "two"].sort(comparePaths));
  });

  test("entries follow the links of the image and stay inside it", async (context) => {
    const escapes = ["/", "/..", "../../..", "/etc/../../..", "usr/../.."];
    for (const target of escapes) {
      const entries = [bare({ path: "out", type: "symlink", linkname: target }), file("out/etc/evil", "")];
      const expected = [...all, "etc/evil", "out"].sort(comparePaths);
      assert.deepEqual(await outcome(context, lower, entries), expected, target);
    }
    const replaced = [bare({ path: "etc", type: "symlink", linkname: "/d" }), file("etc/new", "")];
    const expected = [...without("etc/passwd"), "d/new"].sort(comparePaths);
    assert.deepEqual(await outcome(context, lower, replaced), expected);
    assert.deepEqual(await outcome(context, lower, [file("/abs", "")]), [...all, "abs"].sort(comparePaths));
  });

  test("what tries to leave the image, or makes no sense, is refused", async (context) => {
    const link = (path: string, linkname: string): Entry => bare({ path, type: "hardlink", linkname });
    const hostile: Readonly<Record<string, readonly [Entry, ...Entry[]]>> = {
      "..": [file("../evil", "")],
      "inner ..": [file("d/../../evil", "")],
      "whiteout with ..": [whiteout("../.wh.evil")],
      "opaque with ..": [whiteout("d/../.wh..wh..opq")],
      "hard link out": [link("l", "../../etc/passwd")],
      "hard link to nothing": [link("l", "nowhere")],
      "hard link to a directory": [link("l", "etc")],
      "hard link to the root": [link("l", "/")],
      "hard link through a loop": [bare({ path: "o", type: "symlink", linkname: "o" }), link("l", "o/x")],
      "below a loop": [bare({ path: "o", type: "symlink", linkname: "o" }), file("o/x", "")],
      "symlink to nothing": [bare({ path: "s", type: "symlink", linkname: "" })],
      "symlink without end": [bare({ path: "s", type: "symlink", linkname: "x/".repeat(3000) })],
      "long name": [file("n".repeat(256), "")],
      "long path": [file(`${"n/".repeat(2100)}x`, "")],
    };
    for (const [what, entries] of Object.entries(hostile)) {
      assert.equal(await outcome(context, lower, entries), "FORMAT_INVALID", what);
    }
    assert.equal(await outcome(context, lower, [file("etc/passwd/x", "")]), "FILE_CONFLICT");
    assert.equal(await outcome(context, lower, [file(".", "")]), "FILE_CONFLICT");
  });

  test("a hard link may lead through a link, to a lower layer, and to things that are no files", async (context) => {
    const directory = temporaryDirectory(context);
    const entries = [
      bare({ path: "one", type: "hardlink", linkname: "lib/a" }),
      bare({ path: "copy", type: "hardlink", linkname: "/lib" }),
    ];
    const tree = await applied(lower, archiveOf(entries), directory);
    const one = tree.get(p("one"));
    const target = tree.get(p("usr/lib/a"));
    assert.ok(one?.type === "file" && target?.type === "file");
    assert.ok(one.inode !== undefined && one.inode === target.inode);
    assert.equal(tree.get(p("copy"))?.type, "symlink");
    const before = lower.get(p("usr/lib/a"));
    assert.ok(before?.type === "file" && before.inode === undefined);
  });

  test("a truncated layer is named in the error", async (context) => {
    const directory = temporaryDirectory(context);
    const layer = archiveOf([file("a", "x".repeat(2000))]).subarray(0, 1500);
    await assert.rejects(applied(lower, layer, directory), (error) => {
      return isDistillError(error, "FORMAT_INVALID") && error.message.includes("layer.tar");
    });
  });
});

describe("contents", () => {
  test("are read by ranges, whole and in windows", async (context) => {
    const path = join(temporaryDirectory(context), "backing");
    const bytes = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251));
    writeFileSync(path, bytes);
    const backing = new BackingFile(path);
    const range = backing.range(100, 2000);
    assert.deepEqual(await range.read(0, 5000), bytes.subarray(100, 2100));
    assert.deepEqual(await range.read(1990, 50), bytes.subarray(2090, 2100));
    assert.equal((await range.read(2000, 1)).length, 0);
    assert.equal((await range.read(9999, 1)).length, 0);
    await assert.rejects(backing.range(2000, 2000).read(0, 2000), (error) => isDistillError(error, "IO"));
    const large = bytesContent(Buffer.alloc(2.5 * 2 ** 20, 7));
    const sizes: number[] = [];
    for await (const piece of streamContent(large)) sizes.push(piece.length);
    assert.deepEqual(sizes, [2 ** 20, 2 ** 20, 2 ** 19]);
    await backing.close();
    await backing.close();
  });

  test("of a file that is not there are an error that names it, and closing it is none", async () => {
    const backing = new BackingFile("nowhere/at/all");
    const failure = (error: unknown): boolean =>
      isDistillError(error, "IO") && error.message.includes("nowhere/at/all");
    await assert.rejects(backing.range(0, 1).read(0, 1), failure);
    await backing.close();
  });
});
