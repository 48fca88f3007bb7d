import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("qualifiers follow the specification's order, whatever their case and separator", () => {
  assertAscending("maven", [
    ["1-alpha-1", "1.0a1", "1.0.0-Alpha1", "1.0.alpha1"],
    ["1-beta-1", "1b1"],
    ["1-milestone-1", "1m1"],
    ["1-rc", "1-cr", "1.RC"],
    ["1-rc-1", "1.0.RC1", "1.0.0.CR1"],
    "1-SNAPSHOT",
    ["1", "1.0", "1.0.0", "1.", "1-", "1.ga", "1.Final", "1-0", "1.0.RELEASE"],
    "1-sp",
    ["1-a", "1a"],
    "1-foo",
    "1-foo-1",
    "1-foo.1",
    "1-jre",
    "1-1",
    "1-2",
    "1-10",
    "1.1",
    "1.2",
    "1.10",
  ]);
});

test("empty tokens are zeros, and zeros before a hyphen do not count", () => {
  assertAscending("maven", [
    ["1", "1.0.0-0.0.0", "001"],
    ["1-foo", "1.0.0-foo.0.0"],
    ["1-1.foo-bar1baz-.1", "1-1.foo-bar-1-baz-0.1"],
  ]);
});

test("a zero alone in its group hides no qualifier, but holds numbers apart", () => {
  assertAscending("maven", [["1-0-rc", "1-rc"], "1", ["1-sp", "1-0-sp"], "1-0-1", "1-1"]);
});

test("a version has a sign, no space, and an end", () => {
  assertNoVersions("maven", ["", "1 0", "[1,2)\n", "1".repeat(513)]);
});
