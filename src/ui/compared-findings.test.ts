import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assessed, comparisonOf, comparedFinding as flaw } from "../../test/support/comparisons.ts";
import type { FeedDate, Vulnerabilities, WeakPackage } from "../compare/vulnerabilities.ts";
import { displayWidth } from "../lib/display-width.ts";
import { findingSentences } from "./compared-findings.ts";
import { comparisonReport } from "./comparison.ts";
import { reportText } from "./report-text.ts";

const weak = (name: string, level: WeakPackage["level"], reason = ""): WeakPackage => ({
  ...{ kind: "deb", name, version: "1", level, reason },
});
const fix = (id: string, name: string) => flaw(id, name, { level: "fixes-only", severity: "high", fixed: "2" });
const feed = (parts: Partial<FeedDate>): FeedDate => ({
  ...{ feed: "debian-archive", dated: null, checked: "2026-11-23T01:00:00.000Z", stale: false },
  ...parts,
});
const fat = assessed({
  packages: { fixesOnly: 191 },
  findings: [fix("CVE-1", "libc6"), fix("CVE-2", "perl")],
  weak: [weak("libc6", "fixes-only"), weak("perl", "fixes-only")],
  feeds: [feed({})],
});
const small = assessed({ packages: { fixesOnly: 43 }, weak: [weak("libc6", "fixes-only")], feeds: [feed({})] });
const blind: Vulnerabilities = { status: "unassessed", reason: "no package was identified" };

const sentences = async (a: Vulnerabilities, b: Vulnerabilities) =>
  findingSentences(await comparisonOf({ vulnerabilities: a }, { vulnerabilities: b }));
const shown = async (a: Vulnerabilities, b: Vulnerabilities) =>
  reportText(comparisonReport(await comparisonOf({ vulnerabilities: a }, { vulnerabilities: b })));

describe("the verdict", () => {
  test("says of missed fixes that they are no more than that, and how many packages they are of", async () => {
    assert.deepEqual(await sentences(fat, small), [
      "B has 0 missed fixes in 43 packages, A has 2 missed fixes in 191 packages (open flaws: unknown, only Debian's archive could be asked).",
    ]);
  });

  test("has a sentence for each level, and adds nothing up", async () => {
    const mixed = assessed({
      packages: { full: 3, fixesOnly: 1, none: 2 },
      findings: [flaw("CVE-3", "ms"), fix("CVE-1", "libc6")],
      weak: [weak("libc6", "fixes-only"), weak("x", "none"), weak("y", "none")],
    });
    assert.deepEqual(await sentences(mixed, small), [
      "B was looked at for missed fixes alone, A has 1 known vulnerability in 3 packages.",
      "B has 0 missed fixes in 43 packages, A has 1 missed fix in 1 package (open flaws: unknown, only Debian's archive could be asked).",
      "Nobody could look at 2 packages of A.",
    ]);
  });

  test("says where numbers are of different kinds, or nobody could look", async () => {
    const full = assessed({ packages: { full: 9 } });
    assert.deepEqual(await sentences(full, small), [
      "B was looked at for missed fixes alone, A has 0 known vulnerabilities in 9 packages.",
      "B has 0 missed fixes in 43 packages, A was looked at in full (open flaws: unknown, only Debian's archive could be asked).",
      "Those numbers cannot be compared: A could be looked at in full, B for missed fixes only: their numbers are of different kinds.",
    ]);
    assert.deepEqual(await sentences(full, blind), [
      "B is unassessed (no package was identified), A has 0 known vulnerabilities in 9 packages.",
    ]);
    assert.deepEqual(await sentences(blind, blind), []);
  });
});

describe("the table", () => {
  test("has findings by severity, what stays open, and the packages and dates that this is about", async () => {
    const text = await shown(fat, small);
    assert.match(text, /^packages looked at {2,}191 of 191 {2,}43 of 43$/m);
    assert.match(
      text,
      /^missed fixes {2,}2 {2,}0 {2,}-2\n {2}high {2,}2 {2,}0 {2,}-2\nopen flaws {2,}unknown {2,}unknown$/m,
    );
    assert.match(text, /^advisory data {2,}debian-archive of 2026-11-23$/m);
    assert.match(text, /^FLAWS GONE \(2\)\n[^\n]*\n {2}high {6}CVE-1 {2}2 {9}libc6$/m);
    assert.doesNotMatch(text, /known vulnerabilities|critical/);
  });

  test("never has a number where nobody could look", async () => {
    const text = await shown(fat, blind);
    assert.match(text, /^missed fixes {2,}2 {2,}unassessed$/m);
    assert.match(text, /^open flaws {2,}unknown {2,}unassessed$/m);
    assert.match(text, /^vulnerabilities {2,}B is unassessed: no package was identified$/m);
    assert.match(text, /^FLAWS OF A OF WHICH B'S DATA CANNOT SAY \(2\)$/m);
    assert.match(await shown(blind, blind), /^vulnerabilities {2,}unassessed: no package was identified$/m);
    const other: Vulnerabilities = { status: "unassessed", reason: "no advisory data" };
    assert.match(await shown(blind, other), /A is unassessed: no package.*\n.*B is unassessed: no advisory data$/m);
  });

  test("sets no numbers of two levels against one another", async () => {
    const text = await shown(
      assessed({ packages: { full: 9 }, feeds: [feed({ feed: "osv-npm", stale: true })] }),
      small,
    );
    assert.match(text, /^known vulnerabilities {2,}0 {2,}-$/m);
    assert.match(text, /^missed fixes {2,}- {2,}0$/m);
    assert.match(text, /^advisory data {2,}osv-npm of 2026-11-23 \(old\), debian-archive of 2026-11-23$/m);
  });

  test("names packages that nobody could look at by the reason, and what data leaves undecided", async () => {
    const none = assessed({
      packages: { full: 1, none: 30 },
      weak: Array.from({ length: 30 }, (_, index) => weak(`p${index}`, "none", index < 25 ? "no feed" : "")),
      undecided: 2,
    });
    const text = await shown(none, none);
    assert.match(text, /^PACKAGES OF B THAT NOBODY COULD LOOK AT \(30\)\n {2}no feed \(25\)$/m);
    assert.match(text, /and 5 more\n {2}no reason is known \(5\)/);
    assert.match(text, /undecided by the data, which is no finding, and not safe:\n +2 of A, 2 of B$/m);
  });

  test("is never wider than 80 columns, whatever a feed calls things", async () => {
    const long = `\x1b[31m\u202e${"long ".repeat(40)}${"漢".repeat(90)}`;
    const hostile = assessed({
      packages: { full: 1, none: 1 },
      findings: Array.from({ length: 30 }, (_, index) => flaw(`${long}${index}`, long, { fixed: long })),
      weak: [weak(long, "none", long)],
    });
    const text = await shown(hostile, { status: "unassessed", reason: long });
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= 80, line);
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
    assert.match(text, /30, THE FIRST 20/);
  });
});
