import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { feedState, finding, scannedPackage, scanReport } from "../../test/support/scan-reports.ts";
import { SEVERITIES, type Severity } from "../advisories/severity/severity.ts";
import { isDistillError } from "../lib/errors.ts";
import { judge, parseGate } from "./gate.ts";
import type { Finding, ScanReport } from "./report.ts";

const fails = (report: ScanReport, ...gates: readonly string[]): boolean =>
  judge(report, gates.map(parseGate)).reasons.length > 0;
const withFindings = (...findings: readonly Finding[]) =>
  scanReport([scannedPackage("a")], findings, { feeds: [feedState("debian-tracker"), feedState("kev")] });
const EXPLOITED = { added: "2026-01-27", due: undefined, ransomware: false };

describe("a gate", () => {
  test("counts its severity and everything worse, and never what has none", () => {
    const graded = SEVERITIES.slice(1);
    for (const gate of graded) {
      for (const found of SEVERITIES) {
        const expected = found !== "unknown" && graded.indexOf(found) >= graded.indexOf(gate);
        assert.equal(fails(withFindings(finding("CVE-1", found)), gate), expected, `${found} under ${gate}`);
      }
    }
    for (const found of SEVERITIES) {
      assert.ok(fails(withFindings(finding("CVE-1", found)), "unknown"), found);
      assert.ok(fails(withFindings(finding("CVE-1", found)), "any"), found);
    }
  });

  test("says how many findings have no severity", () => {
    const findings = ["a", "b", "c"].map((id) => finding(id, "unknown"));
    assert.deepEqual(judge(withFindings(...findings), [parseGate("high")]), {
      reasons: [],
      notes: ["3 findings have no severity and are not counted"],
    });
  });

  test("says that it does not know what is open where missing fixes alone could be seen, unless it asks for fixes alone", () => {
    const report = scanReport([scannedPackage("a", { level: "fixes-only" }), scannedPackage("b")], []);
    const notes = (gate: string) => judge(report, [parseGate(gate)]).notes;
    assert.deepEqual(notes("any"), [
      "what is still open in 1 package is unknown and not counted: missing fixes alone could be seen",
    ]);
    assert.deepEqual([notes("any,fixed"), notes("stale")], [[], []]);
  });

  test("leaves out what Debian calls unimportant, and says so; any does not", () => {
    const report = withFindings(finding("CVE-1", "high", { unimportant: true }));
    assert.deepEqual(judge(report, [parseGate("high")]), {
      reasons: [],
      notes: ["1 finding that Debian calls unimportant is not counted"],
    });
    assert.ok(fails(report, "any"));
  });

  test("is narrowed by fixed and by kev", () => {
    const open = finding("CVE-1", "critical", { fixed: undefined });
    assert.ok(!fails(withFindings(open), "high,fixed"));
    assert.ok(fails(withFindings(finding("CVE-2", "high")), "fixed,high"));
    assert.ok(!fails(withFindings(finding("CVE-2", "high")), "high,kev"));
    assert.ok(fails(withFindings(finding("CVE-3", "low", { exploited: EXPLOITED })), "kev"));
    assert.ok(!fails(withFindings(finding("CVE-3", "low", { exploited: EXPLOITED })), "high,kev"));
    assert.ok(!fails(withFindings({ ...open, exploited: EXPLOITED }), "kev,fixed"));
  });

  test("about exploits fails where there is no list of them, and only for findings that could be on it", () => {
    const feeds = [feedState("debian-tracker")];
    const blind = (...findings: readonly Finding[]) => scanReport([scannedPackage("a")], findings, { feeds });
    assert.deepEqual(judge(blind(finding("CVE-1", "high")), [parseGate("high,kev")]).reasons, [
      "--fail-on high,kev: there is no data of CISA KEV here, and 1 finding may be in it",
    ]);
    assert.ok(!fails(blind(finding("CVE-1", "low")), "high,kev"));
    assert.ok(!fails(blind(finding("CVE-1", "high", { fixed: undefined })), "kev,fixed"));
    assert.ok(!fails(blind(), "kev"));
  });

  test("fails for stale data and packages without an answer where it says so, and only then", () => {
    const stale = scanReport([scannedPackage("a")], [], { feeds: [feedState("debian-tracker", true)] });
    assert.ok(fails(stale, "high,stale"));
    assert.ok(fails(stale, "stale"));
    assert.ok(!fails(stale, "high"));
    const partly = scanReport([scannedPackage("a"), scannedPackage("b", { level: "none", reason: "x" })]);
    assert.ok(fails(partly, "unassessed"));
    assert.ok(!fails(partly, "any,stale"));
    const document = scanReport([scannedPackage("a")], [], { leftOut: 2 });
    assert.deepEqual(judge(document, [parseGate("unassessed")]).reasons, [
      "--fail-on unassessed: 2 packages not assessed",
    ]);
  });

  test("alone does not count findings where it only asks about the data", () => {
    assert.ok(!fails(withFindings(finding("CVE-1", "critical")), "stale"));
    assert.ok(!fails(withFindings(finding("CVE-1", "critical")), "unassessed"));
  });

  test("of any kind is not passed by an image of which nothing could be assessed", () => {
    const reports = [scanReport([]), scanReport([scannedPackage("a", { level: "none", reason: "x" })])];
    for (const report of reports) {
      for (const gate of [...SEVERITIES, "any", "kev", "stale", "unassessed", "critical,fixed"]) {
        assert.match(judge(report, [parseGate(gate)]).reasons[0] ?? "", /^unassessed: /, gate);
      }
      assert.deepEqual(judge(report, []).reasons, []);
    }
  });

  test("says what is undecided or set aside and therefore not counted", () => {
    const report = scanReport([scannedPackage("a")], [], {
      undecided: [finding("CVE-1")],
      suppressed: [{ finding: finding("CVE-2"), by: "vex", where: "x", reason: "y", until: undefined }],
    });
    assert.deepEqual(judge(report, [parseGate("any")]), {
      reasons: [],
      notes: [
        "1 finding that the data leaves open is not counted",
        "1 finding set aside by the ignore file or VEX is not counted",
      ],
    });
  });

  test("says why it is not passed, with names", () => {
    const ids = ["CVE-1", "CVE-2", "CVE-3", "CVE-4", "CVE-5", "CVE-6", "CVE-7"];
    const { reasons } = judge(withFindings(...ids.map((id) => finding(id))), [
      parseGate("high,fixed"),
      parseGate("kev"),
    ]);
    assert.deepEqual(reasons, [
      "--fail-on high,fixed: 7 findings of severity high or worse with a fix: CVE-1, CVE-2, CVE-3, CVE-4, CVE-5 and 2 more",
    ]);
  });

  test("that is written wrong is refused", () => {
    for (const text of ["", "hihg", "high,critical", "high,,fixed", "fixed;high"]) {
      assert.throws(
        () => parseGate(text),
        (error) => isDistillError(error, "USAGE"),
        text,
      );
    }
    const severity: Severity | "any" | undefined = parseGate("HIGH , Fixed").severity;
    assert.equal(severity, "high");
  });
});
