import assert from "node:assert/strict";
import { test } from "node:test";
import { isDistillError } from "../errors.ts";
import { parseCommit, parseTag, parseTree } from "./tree-object.ts";

const ID = "01".repeat(20);

function tree(...entries: readonly (readonly [mode: string, name: string])[]): Buffer {
  return Buffer.concat(
    entries.map(([mode, name]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(ID, "hex")])),
  );
}

test("the entries of a directory are read with their kinds", () => {
  const body = tree(
    ["100644", "a"],
    ["100755", "b"],
    ["120000", "c"],
    ["40000", "d"],
    ["160000", "e"],
    ["100664", "f"],
  );
  assert.deepEqual(
    parseTree(body, 20).map(({ name, type, id }) => [name, type, id]),
    [
      ["a", "file", ID],
      ["b", "executable", ID],
      ["c", "symlink", ID],
      ["d", "directory", ID],
      ["e", "submodule", ID],
      ["f", "file", ID],
    ],
  );
  assert.deepEqual(parseTree(Buffer.alloc(0), 20), []);
});

test("what git would not check out is refused", () => {
  const hostile: readonly Buffer[] = [
    ...["", ".", "..", ".git", ".GIT", ".Git", "a/b", "/", "../x", "x".repeat(256)].map((name) =>
      tree(["100644", name]),
    ),
    ...["", "0", "777", "644", "100", "060644", "020644", "140000", "9", "1006444", "x", "-1"].map((mode) =>
      tree([mode, "a"]),
    ),
    tree(["100644", "a"], ["40000", "a"]),
    tree(["100644", "a"]).subarray(0, -1),
    Buffer.from("100644 a"),
    Buffer.from("100644"),
    Buffer.from("\0"),
    Buffer.alloc(30),
  ];
  for (const body of hostile) {
    assert.throws(
      () => parseTree(body, 20),
      (error) => isDistillError(error, "FORMAT_INVALID"),
      JSON.stringify(body.toString("latin1").slice(0, 40)),
    );
  }
});

test("a commit gives its directory and its time", () => {
  const commit = (committer: string): Buffer =>
    Buffer.from(`tree ${ID}\nparent ${ID}\nauthor A <a> 1 +0000\ncommitter ${committer}\n\ncommitter X <x> 5 +0000\n`);
  assert.deepEqual(parseCommit(commit("C <c> 1700000000 +0100")), { tree: ID, time: 1700000000 });
  assert.deepEqual(parseCommit(commit("C 7 > <c> -5 +0100")), { tree: ID, time: 0 });
  assert.equal(parseCommit(commit("C <c> 999999999999999 +0000")).time, 253_402_300_799);
  assert.deepEqual(parseCommit(commit("C")), { tree: ID, time: 0 });
  for (const text of ["", "tree x\n\n", "author\n\n", `tree ${ID}1\n\n`]) {
    assert.throws(() => parseCommit(Buffer.from(text)), { code: "FORMAT_INVALID" });
  }
});

test("a tag gives what it names", () => {
  assert.deepEqual(parseTag(Buffer.from(`object ${ID}\ntype commit\ntag v1\n\nx`)), { object: ID, type: "commit" });
  for (const text of ["", `object ${ID}`, "object x\ntype commit\n"]) {
    assert.throws(() => parseTag(Buffer.from(text)), { code: "FORMAT_INVALID" });
  }
});
