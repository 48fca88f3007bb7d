import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { changed, emptyTree, fileNode, treeOf } from "../../test/support/root-trees.ts";
import { changesBetween, wholeTree } from "./diff.ts";
import { comparePaths, pathFromBytes, ROOT } from "./path.ts";
import { walkInOrder } from "./walk.ts";

const paths = (found: Iterable<readonly [string, unknown]>): readonly string[] => Array.from(found, ([path]) => path);

test("entries come in byte order of their paths, also where a name has bytes below the slash", () => {
  const tree = treeOf({ "a/b": "", "a-b/c": "", "a.c": "", a0: "", "a/b!/x": "", "a/b/": undefined, "a b/c": "" });
  const found = paths(walkInOrder(ROOT, tree.root));
  assert.deepEqual(found, ["a", "a b", "a b/c", "a-b", "a-b/c", "a.c", "a/b", "a/b!", "a/b!/x", "a0"]);
});

test("any tree comes in byte order, each entry once, whole or as the difference of two", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "-", ".", "!", "0", "\xff"), minLength: 1, maxLength: 3 });
  const path = fc
    .array(
      name.filter((each) => each !== "." && each !== ".."),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.array(path, { maxLength: 25 }), fc.array(path, { maxLength: 6 }), (all, known) => {
      const build = (base: ReturnType<typeof emptyTree>, list: readonly string[]) =>
        list.reduce((tree, each) => {
          try {
            return changed(tree, { [each]: fileNode("") });
          } catch {
            return tree;
          }
        }, base);
      const lower = build(emptyTree(), known);
      const upper = build(lower, all);
      const found = paths(upper.entries());
      assert.deepEqual(found, [...new Set(found)].sort(comparePaths));
      assert.ok(found.every((each) => upper.get(pathFromBytes(each)) !== undefined));
      assert.equal(Array.from(wholeTree(upper), (each) => each.path).join("\n"), found.join("\n"));
      const between = Array.from(changesBetween(lower, upper), (each) => each.path);
      assert.deepEqual(between, [...new Set(between)].sort(comparePaths));
      const listed = new Set<string>(between);
      for (const each of found) if (lower.get(pathFromBytes(each)) === undefined) assert.ok(listed.has(each), each);
    }),
    { numRuns: 300 },
  );
});
