import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../lib/errors.ts";
import { countEntries, MAX_ENTRIES, refuseTooManyEntries } from "./entry-count.ts";
import { Attributer, type DirectoryNode, type Node } from "./node.ts";
import { UNKNOWN_OWNER } from "./owner.ts";

const attributes = new Attributer().of({ mode: 0o755, owner: UNKNOWN_OWNER });

function directory(children: Readonly<Record<string, Node>>): DirectoryNode {
  return { type: "directory", attributes, children: new Map(Object.entries(children)) };
}

test("entries are counted at all depths, and what trees share is counted each time without being walked again", () => {
  const leaf = directory({ a: { type: "fifo", attributes }, b: directory({}) });
  assert.equal(countEntries(directory({})), 0);
  assert.equal(countEntries(directory({ x: leaf, y: leaf })), 6);
  let doubled: DirectoryNode = leaf;
  for (let times = 0; times < 50; times++) doubled = directory({ x: doubled, y: doubled });
  assert.ok(countEntries(doubled) > 2 ** 50);
});

test("more entries than an image may have are refused", () => {
  refuseTooManyEntries(MAX_ENTRIES, "the image");
  assert.throws(
    () => refuseTooManyEntries(MAX_ENTRIES + 1, "the image"),
    (error) =>
      isDistillError(error, "LIMIT_EXCEEDED") && /^the image would have more than 2000000 files/.test(error.message),
  );
});
