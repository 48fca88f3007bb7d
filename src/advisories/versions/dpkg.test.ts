import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("a tilde is older than the end, letters than other signs, and an epoch outweighs all", () => {
  assertAscending("deb", [
    "1.0~~",
    "1.0~rc1",
    ["1.0", "0:1.0", "1.0-0"],
    "1.0-1",
    "1.0-1+b1",
    "1.0a",
    "1.0+x",
    "1.10",
    "1:0.1",
  ]);
});

test("a version has a sign, no space, and an end", () => {
  assertNoVersions("deb", ["", "1.0 1", "1.0\n", "1\u00e4", "1".repeat(513)]);
});
