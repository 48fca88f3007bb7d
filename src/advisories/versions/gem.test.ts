import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("a version with a word is a pre-release of the one without", () => {
  assertAscending("gem", [
    "0.9",
    "1.0.a.2",
    ["1.0.a9", "1.0.a.9", "1.a9"],
    "1.0.a.10",
    ["1.0.b1", "1.b.1"],
    ["1.0-x", "1.0.pre.x"],
    ["1", "1.0", "1.0.0", "01"],
    "1.0.1.rc1",
    "1.0.1",
    "3.2",
    "3.10",
  ]);
});

test("what begins with no number is no version", () => {
  assertNoVersions("gem", ["", "a", "junk", "1..2", "1.2.", "1-", "1.2\n3", ">= 1"]);
});
