import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { assertAscending, assertNoVersions } from "../../../test/support/ascending.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { orderOf } from "./order-of.ts";

const ASCENDING = [
  "1.0~rc1",
  "1.0~rc1^git1",
  "1.0~rc2",
  "1.0",
  "1.0^",
  "1.0^20200101",
  "1.0^20200102",
  "1.0a",
  "1.0.1~1",
  "1.0.1",
  "1.0.1a",
  "1.2",
  "1.10",
  "2.fc33",
  "2.0",
];

test("tilde, end, caret, letters, digits: each is newer than the one before", () => {
  assertAscending("rpm", ASCENDING);
});

test("signs only separate, zeros in front do not count, and the release decides last", () => {
  assertAscending("rpm", [
    ["1.0", "0:1.0", "1_0", "1..0", "01.00"],
    "1.0-1.el9",
    "1.0-1.el10",
    "1.0-2.el9",
    "1.1-0",
    "1:0",
  ]);
});

test("a version has a sign, no space, and an end", () => {
  assertNoVersions("rpm", ["", "1 0", "1\n", "1".repeat(513)]);
});

test("agrees with rpm on every pair of the table", { skip: unlessTools("rpm") }, () => {
  const pairs = ASCENDING.flatMap((a) => ASCENDING.map((b) => [a, b] as const));
  const script = pairs.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}") .. "\\n")`).join(" ");
  const answers = execFileSync("rpm", ["--eval", `%{lua: ${script}}`], { encoding: "utf8" })
    .trim()
    .split(/\n+/);
  assert.deepEqual(
    answers.map(Number),
    pairs.map(([a, b]) => orderOf("rpm")?.compare(a, b)),
  );
});
