import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDistillError } from "../lib/errors.ts";
import {
  bytesOfText,
  childOf,
  comparePaths,
  componentsOf,
  displayPath,
  nameOf,
  parentOf,
  pathFromBytes,
  pathFromText,
  ROOT,
  textOfBytes,
} from "./path.ts";

const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
const component = fc
  .string({ unit: byte, minLength: 1, maxLength: 12 })
  .map((text) => text.replaceAll("/", "_"))
  .filter((text) => text !== "." && text !== "..");

test("any bytes that a file system can hold come back as they were", () => {
  fc.assert(
    fc.property(fc.array(component, { maxLength: 6 }), (parts) => {
      const path = pathFromBytes(parts.join("/"));
      assert.equal(path, parts.join("/"));
      assert.deepEqual(componentsOf(path), parts);
      assert.equal(nameOf(path), parts.at(-1) ?? "");
      if (parts.length > 0) assert.equal(childOf(parentOf(path), nameOf(path)), path);
      assert.equal(Buffer.from(path, "latin1").toString("latin1"), path);
    }),
  );
});

test("text comes back through its bytes, and paths sort as their bytes do", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      fc.pre(a.isWellFormed() && b.isWellFormed());
      assert.equal(textOfBytes(bytesOfText(a)), a);
      assert.equal(comparePaths(bytesOfText(a), bytesOfText(b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test("ways to write the same path are the same path", () => {
  for (const written of [
    "usr/lib",
    "/usr/lib",
    "./usr/lib",
    "usr/lib/",
    "//usr///lib//",
    "./usr/./lib/.",
    "/./usr/lib",
  ]) {
    assert.equal(pathFromBytes(written), "usr/lib", written);
  }
  for (const written of ["", "/", ".", "./", "//", "/./."]) assert.equal(pathFromBytes(written), ROOT, written);
});

test("a path that leads out, or that no file system can hold, is refused", () => {
  const hostile = [
    "..",
    "../etc/passwd",
    "/..",
    "/../etc",
    "a/../../b",
    "a/..",
    "./..",
    "a/b/../c",
    "a\0b",
    "\0",
    "x".repeat(256),
    `a/${"x".repeat(256)}/b`,
    "x/".repeat(2049),
  ];
  for (const bytes of hostile) {
    assert.throws(
      () => pathFromBytes(bytes),
      (error) => isDistillError(error, "FORMAT_INVALID"),
      bytes.slice(0, 30),
    );
  }
});

test("what only looks like a way out is a name", () => {
  for (const bytes of ["...", "..a", "a..", ". ", "..\\..", "%2e%2e", "x".repeat(255), "~", "C:", "\u00ff"]) {
    assert.equal(pathFromBytes(bytes), bytes);
  }
});

test("a person's path is UTF-8, and is shown as it was written", () => {
  const path = pathFromText("/srv/gr\u00fc\u00df/\u{1f9ea}");
  assert.equal(path.length, Buffer.byteLength("srv/gr\u00fc\u00df/\u{1f9ea}"));
  assert.equal(displayPath(path), "/srv/gr\u00fc\u00df/\u{1f9ea}");
  assert.equal(displayPath(ROOT), "/");
});
