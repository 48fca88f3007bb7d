import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../test/support/directories.ts";
import {
  changed,
  describeTree,
  directoryNode,
  emptyTree,
  fileNode,
  symlinkNode,
  treeOf,
} from "../../test/support/root-trees.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { isDistillError } from "../lib/errors.ts";
import { pathFromBytes, ROOT } from "./path.ts";
import type { Tree } from "./tree.ts";
import { TreeEditor } from "./tree-editor.ts";

const p = pathFromBytes;
const invalid = (error: unknown): boolean => isDistillError(error, "FORMAT_INVALID");
const conflict = (error: unknown): boolean => isDistillError(error, "FILE_CONFLICT");

describe("following links", () => {
  const tree = treeOf({
    "usr/lib/x": "x",
    lib: symlinkNode("usr/lib"),
    absolute: symlinkNode("/usr/lib/x"),
    out: symlinkNode("../../../usr/../usr/lib"),
    loop: symlinkNode("loop"),
    a: symlinkNode("b"),
    b: symlinkNode("a/x"),
    dangling: symlinkNode("nowhere/at/all"),
    throughFile: symlinkNode("usr/lib/x/../x"),
    fileAsDirectory: symlinkNode("usr/lib/x/"),
    root: symlinkNode("/"),
    twice: symlinkNode("lib/"),
  });

  test("stays inside the root, whatever the links say", () => {
    for (const path of ["absolute", "lib/x", "out/x", "root/root/out/x", "root/lib/x", "twice/x"]) {
      assert.equal(tree.follow(p(path)).path, "usr/lib/x", path);
    }
    assert.equal(tree.followParents(p("lib")).path, "lib");
    assert.equal(tree.followParents(p("root/lib")).node?.type, "symlink");
    assert.equal(tree.follow(p("root")).path, ROOT);
  });

  test("says where a missing entry would lie", () => {
    assert.deepEqual(tree.follow(p("dangling/new")), { path: "nowhere/at/all/new", node: undefined });
    assert.deepEqual(tree.follow(p("lib/new/file")), { path: "usr/lib/new/file", node: undefined });
    assert.deepEqual(tree.followParents(p("lib/x/y")), { path: "usr/lib/x/y", node: undefined });
  });

  test("finds nothing behind a file, by '..' and by a slash neither", () => {
    assert.equal(tree.follow(p("throughFile")).node, undefined);
    assert.equal(tree.follow(p("fileAsDirectory")).node, undefined);
  });

  test("refuses a loop; find gives nothing", () => {
    for (const path of ["loop", "a", "loop/x"]) {
      assert.throws(() => tree.follow(p(path)), invalid);
      assert.equal(tree.find(path), undefined);
    }
    assert.equal(tree.followParents(p("loop")).node?.type, "symlink");
  });

  test("goes through 40 links and not through 41, as Linux does", () => {
    const chain = (length: number): Tree => {
      const links = Array.from({ length }, (_, i) => [`l${i}`, symlinkNode(i === 0 ? "end" : `l${i - 1}`)] as const);
      return treeOf({ end: "x", ...Object.fromEntries(links) });
    };
    assert.equal(chain(40).follow(p("l39")).path, "end");
    assert.throws(() => chain(41).follow(p("l40")), invalid);
  });

  test("find takes paths as a program writes them", () => {
    for (const path of ["/lib/x", "//lib//x", "lib/../lib/./x", "/../../lib/x"]) {
      assert.equal(tree.find(path)?.path, "usr/lib/x", path);
    }
    for (const path of ["usr/lib/x/", "usr/lib/x/.", "usr/lib/x/..", "no/../lib", "x".repeat(5000)]) {
      assert.equal(tree.find(path), undefined, path.slice(0, 20));
    }
  });
});

type Spec = readonly (readonly [path: string, target: string | undefined])[];

/** Directories a, b, c two levels deep; in them links whose targets are made of the same few names. */
const specs: fc.Arbitrary<Spec> = fc.array(
  fc.tuple(
    fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    fc.option(
      fc
        .tuple(
          fc.constantFrom("", "/", "//"),
          fc.array(fc.constantFrom("a", "b", "c", "f", "..", ".", "", "z"), { maxLength: 5 }),
        )
        .map(([start, parts]) => `${start}${parts.join("/")}`)
        .filter((target) => target !== ""),
      { nil: undefined, freq: 1 },
    ),
  ),
  { maxLength: 14 },
);
const QUERIES = [
  "a",
  "b",
  "c",
  "a/b",
  "a/f",
  "b/c",
  "c/a/b",
  "a/b/c",
  "b/a/f",
  "c/f",
  "a/../b",
  "b/c/../a",
  "a/f/..",
  "c/./b/",
];

// Prints, for each query, the type and the real path of what open() would reach, or "-". Runs in each root in turn.
const ORACLE = `
import os, sys, json
base, count, queries = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
answers = []
start = os.open("/", os.O_RDONLY)
for index in range(count):
    os.fchdir(start); os.chroot("."); os.chroot(f"{base}/{index}"); os.chdir("/")
    found = []
    for query in queries:
        try:
            os.stat("/" + query)
            found.append(os.path.realpath("/" + query))
        except OSError:
            found.append("-")
    answers.append(found)
print(json.dumps(answers))
`;

const oracle = process.getuid?.() === 0 ? unlessTools("python3") : "needs root";

test("links lead where they lead in a chroot", { skip: oracle }, (context) => {
  const base = temporaryDirectory(context);
  const samples = fc.sample(specs, 150);
  const trees = samples.map((spec, index) => {
    const root = join(base, String(index));
    mkdirSync(root);
    let tree = emptyTree();
    for (const [path, target] of spec) {
      // What the tree refuses to take (a link is in the way) stays out of both.
      if (tree.get(p(path)) !== undefined) continue;
      try {
        tree = changed(tree, { [path]: target === undefined ? undefined : symlinkNode(target) });
      } catch {
        continue;
      }
      mkdirSync(join(root, path, ".."), { recursive: true });
      if (target === undefined) mkdirSync(join(root, path));
      else symlinkSync(target, join(root, path));
    }
    for (const [path, node] of [[ROOT, tree.root] as const, ...tree.entries()]) {
      if (node.type !== "directory") continue;
      tree = changed(tree, { [`${path}/f`]: "file" });
      writeFileSync(join(root, path, "f"), "file");
    }
    return tree;
  });
  const output = execFileSync("python3", ["-c", ORACLE, base, String(trees.length), JSON.stringify(QUERIES)], {
    encoding: "utf8",
  });
  const answers = JSON.parse(output) as string[][];
  let found = 0;
  trees.forEach((tree, index) => {
    QUERIES.forEach((query, at) => {
      const ours = tree.find(query);
      assert.equal(
        ours === undefined ? "-" : `/${ours.path}`,
        answers[index]?.[at],
        `${JSON.stringify(samples[index])} ${query}`,
      );
      if (ours !== undefined) found++;
    });
  });
  assert.ok(found > 200, `only ${found} queries led anywhere`);
});

describe("TreeEditor", () => {
  const operations = fc.array(
    fc.tuple(
      fc.constantFrom("put", "remove", "make", "snapshot"),
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }).map((parts) => p(parts.join("/"))),
      fc.constantFrom(fileNode("1"), directoryNode({ mode: 0o700 }), symlinkNode("a"), directoryNode()),
    ),
    { maxLength: 30 },
  );

  test("never changes the tree that it began with, nor one that it gave", async () => {
    await fc.assert(
      fc.asyncProperty(operations, operations, async (first, second) => {
        const given: [Tree, unknown][] = [];
        const run = (base: Tree, steps: typeof first): Tree => {
          const editor = new TreeEditor(base);
          for (const [what, path, node] of steps) {
            try {
              if (what === "put") editor.put(path, node);
              else if (what === "remove") editor.remove(path);
              else if (what === "make") editor.makeDirectories(path, directoryNode().attributes);
              else given.push([editor.snapshot(), undefined]);
            } catch (error) {
              assert.ok(conflict(error), String(error));
            }
          }
          return editor.done();
        };
        const base = run(emptyTree(), first);
        for (const pair of given) pair[1] = await describeTree(pair[0]);
        given.push([base, await describeTree(base)]);
        const before = given.length;
        const result = run(base, second);
        for (const [tree, was] of given.slice(0, before)) assert.deepEqual(await describeTree(tree), was);
        assert.deepEqual(await describeTree(run(base, second)), await describeTree(result));
      }),
      { numRuns: 60 },
    );
  });

  test("a snapshot stands still while the editing goes on", async () => {
    const editor = new TreeEditor(treeOf({ "a/b": "1" }));
    editor.put(p("a/c"), fileNode("2"));
    const snapshot = editor.snapshot();
    const was = await describeTree(snapshot);
    editor.put(p("a/c"), fileNode("3"));
    editor.put(p("a"), directoryNode({ mode: 0o700 }));
    editor.remove(p("a/b"));
    editor.put(ROOT, directoryNode({ mode: 0o700 }));
    assert.deepEqual(await describeTree(snapshot), was);
    assert.equal(snapshot.root.attributes.mode, 0o755);
    assert.deepEqual(Object.keys(await describeTree(editor.done())), ["a", "a/c"]);
  });

  test("a directory put on a directory keeps what is in it; anything else replaces all of it", () => {
    const tree = treeOf({ "d/x": "1", "d/e/y": "2" });
    const kept = changed(tree, { d: directoryNode({ mode: 0o700 }) });
    assert.equal(kept.get(p("d"))?.attributes.mode, 0o700);
    assert.ok(kept.get(p("d/e/y")));
    assert.deepEqual(
      [...changed(tree, { d: "file" }).entries()].map(([path]) => path),
      ["d"],
    );
    assert.deepEqual(
      [...changed(tree, { d: symlinkNode("e") }).entries()].map(([path]) => path),
      ["d"],
    );
  });

  test("nothing can be put below what is no directory; the error names what is in the way", () => {
    const editor = new TreeEditor(treeOf({ "a/f": "1", l: symlinkNode("a") }));
    assert.throws(() => editor.put(p("a/f/x/y"), fileNode("")), /\/a\/f\/x\/y cannot be made: \/a\/f is a file/);
    assert.throws(() => editor.put(p("l/x"), fileNode("")), /\/l is a symlink/);
    assert.throws(() => editor.put(p("no/x"), fileNode("")), /\/no does not exist/);
    assert.throws(() => editor.makeDirectories(p("l/x"), directoryNode().attributes), conflict);
    assert.throws(() => editor.put(ROOT, fileNode("")), conflict);
    assert.equal(editor.remove(p("a/f/x")), false);
    assert.equal(editor.remove(ROOT), false);
  });

  test("links cannot make paths longer than an archive may", () => {
    const editor = new TreeEditor(emptyTree());
    const long = p("dir/".repeat(1000));
    editor.makeDirectories(long, directoryNode().attributes);
    editor.put(p("l"), symlinkNode(long));
    const deeper = editor.followParents(p(`l/${"x".repeat(200)}`)).path;
    assert.throws(() => editor.put(deeper, fileNode("")), invalid);
  });

  test("an editor is of no use after done()", () => {
    const editor = new TreeEditor(emptyTree());
    editor.done();
    assert.throws(() => editor.put(p("a"), fileNode("")), /after done/);
  });
});

test("entries come in byte order, parents first", () => {
  const tree = treeOf({ "a/b": "", "a-b": "", "a.c/d": "", "\xff": "", a0: "", "B/\x01": "" });
  const paths = [...tree.entries()].map(([path]) => path);
  assert.deepEqual(paths, ["B", "B/\x01", "a", "a-b", "a.c", "a.c/d", "a/b", "a0", "\xff"]);
  assert.equal(tree.countFiles(), 6);
});
