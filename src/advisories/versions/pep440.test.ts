import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("follows the summary of permitted suffixes and their order in PEP 440", () => {
  assertAscending("pypi", [
    "1.dev0",
    "1.0.dev456",
    "1.0a1",
    "1.0a2.dev456",
    "1.0a12.dev456",
    "1.0a12",
    "1.0b1.dev456",
    "1.0b2",
    "1.0b2.post345.dev456",
    "1.0b2.post345",
    "1.0rc1.dev456",
    "1.0rc1",
    "1.0",
    "1.0+abc.5",
    "1.0+abc.7",
    "1.0+5",
    "1.0+5.1",
    "1.0.post456.dev34",
    "1.0.post456",
    "1.0.15",
    "1.1.dev1",
    "1!0.1",
  ]);
});

test("spellings that PEP 440 normalises are equal", () => {
  assertAscending("pypi", [
    ["1.1a1", "v1.1.alpha-1", "1.1_A1", " 1.1A1\n"],
    ["1.1rc2", "1.1c2", "1.1-preview.2", "1.1pre2"],
    ["1.1", "1.1.0", "01.01.00", "0!1.1"],
    ["1.1+ubuntu.1", "1.1+Ubuntu-1", "1.1+ubuntu_01"],
    ["1.1.post0", "1.1.post", "1.1-r0", "1.1rev"],
    ["1.1.post3", "1.1-3", "1.1-post3", "1.1r3"],
  ]);
});

test("what PEP 440 does not know is no version", () => {
  assertNoVersions("pypi", [
    "",
    "trunk",
    "0.8.1p1",
    "1.0-custom",
    "1..0",
    "1.0+",
    "1.0+a..b",
    "2013-06-01T10:32:51",
    "1.0\u0661",
  ]);
});
