import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("follows the example of section 11 of Semantic Versioning", () => {
  assertAscending("npm", [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    ["1.0.0", "1.0.0+build.1", "v1.0.0", "=1.0.0", "1.0", "1"],
    "2.0.0",
    "2.1.0",
    "2.1.1",
  ]);
});

test("numbers of any length are told apart, and words are compared by ASCII", () => {
  const long = "9".repeat(100);
  assertAscending("cargo", [
    `1.0.0-${long}`,
    "1.0.0-R2",
    "1.0.0-r100",
    "1.0.0-r2",
    "1.0.0",
    `${long}.0.1`,
    `${long}.0.2`,
  ]);
});

test("ranges, words and empty identifiers are no versions", () => {
  assertNoVersions("npm", [
    "",
    "latest",
    "^1.0.0",
    "1.x",
    "1.0.0-",
    "1.0.0-a..b",
    "1.0.0+",
    "1.0.0-a_b",
    "1.0.0 - 2.0.0",
  ]);
});
