import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { childOf, pathFromBytes, ROOT } from "../../rootfs/path.ts";
import { recordedChild, recordedPath } from "./recorded-path.ts";

const text = fc
  .array(fc.constantFrom("/", ".", "..", "a", "b.c", "\0", "x".repeat(254), " ", "/usr/bin/"), { maxLength: 20 })
  .map((parts) => parts.join(""));

function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

test("a recorded path is the one that pathFromBytes gives, or none", () => {
  fc.assert(
    fc.property(text, (bytes) =>
      assert.equal(
        recordedPath(bytes),
        orUndefined(() => pathFromBytes(bytes)),
      ),
    ),
  );
});

test("a name in a directory is one component, or none", () => {
  fc.assert(
    fc.property(text, (name) => {
      const isName = name !== "" && !name.includes("/") && orUndefined(() => pathFromBytes(name)) === name;
      assert.equal(recordedChild(pathFromBytes("usr"), name), isName ? childOf(pathFromBytes("usr"), name) : undefined);
    }),
  );
  assert.equal(recordedChild(ROOT, "a"), "a");
  assert.equal(recordedChild(pathFromBytes("d/".repeat(2047)), "abc"), undefined);
});
