import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";

test("suffixes of pre-releases are older than the release, all others newer, in the order of APKBUILD(5)", () => {
  assertAscending("apk", [
    "1.2_alpha",
    "1.2_alpha1",
    "1.2_beta",
    "1.2_pre3",
    "1.2_rc1",
    "1.2_rc1_p1",
    "1.2",
    "1.2-r1",
    "1.2-r10",
    "1.2_cvs",
    "1.2_svn",
    "1.2_git20200101",
    "1.2_hg",
    "1.2_p1_alpha",
    "1.2_p1",
    "1.2_p1-r1",
    "1.2_p2",
    "1.2a",
    "1.2b",
    "1.2.0",
  ]);
});

test("a leading zero behind the first dot makes a fraction", () => {
  assertAscending("apk", [["01.0", "1.0"], "1.00", "1.001", "1.01", "1.010", "1.1", "1.2", "1.10"]);
});

test("a letter may be followed by a number, as Alpine's own packages have it", () => {
  assertAscending("apk", ["1.9.4-r1", "1.9.4p-r0", "1.9.4p2-r1", "1.9.4p10-r0", "1.9.5p2-r1", "1.9.6-r1"]);
});

test("a hash of a commit stands before the revision", () => {
  assertAscending("apk", ["1.2", "1.2-r1", "1.2~abc1", "1.2~abc1-r1", "1.2~abd"]);
});

test("what apk refuses is no version", () => {
  assertNoVersions("apk", [
    "",
    ".1",
    "a",
    "1-ruff",
    "1-r",
    "1-r0-1",
    "1.2_blah",
    "1.",
    "1ab",
    "1.2~",
    "1.2-r1_p1",
    "1A",
  ]);
});
