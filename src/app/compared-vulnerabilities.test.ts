import assert from "node:assert/strict";
import { test } from "node:test";
import { SEVERITIES, type Severity } from "../advisories/severity/severity.ts";
import type { Finding, ScannedPackage, ScanReport } from "../scan/report.ts";
import { comparedVulnerabilities } from "./compared-vulnerabilities.ts";

const NO_FINDINGS = {
  findings: 0,
  fixable: 0,
  bySeverity: Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>,
};

function scanned(name: string, parts: Partial<ScannedPackage> = {}): ScannedPackage {
  return {
    ...{ purl: `pkg:deb/debian/${name}@1`, type: "deb", name, version: "1", source: undefined, locations: [] },
    ...{ carriedFrom: undefined, level: "full", feeds: [], reason: undefined, support: undefined, newer: undefined },
    ...{ parts: [], ...parts },
  };
}

function found(id: string, severity: Severity, parts: Partial<Finding> = {}): Finding {
  return {
    ...{ id, aliases: [], package: 0, level: "full", summary: "", link: undefined, fixed: undefined },
    rating: { severity, source: undefined, vector: undefined, score: undefined },
    ...{ state: "not-fixed", unimportant: false, exploited: undefined, likelihood: undefined, reasoning: [] },
    ...parts,
  };
}

function report(parts: Partial<ScanReport>): ScanReport {
  return {
    subject: { name: "x", imageID: undefined, manifestDigest: undefined, platform: undefined, system: undefined },
    ...{ status: "assessed", level: "full", packages: [], findings: [], suppressed: [], undecided: [] },
    totals: {
      full: { packages: 0, ...NO_FINDINGS },
      fixesOnly: { packages: 0, ...NO_FINDINGS },
      none: { packages: 0 },
    },
    ...{ feeds: [], warnings: [] },
    ...parts,
  };
}

test("a scan is compared by what it found, worst first, with the level of each package that is not known in full", () => {
  const vulnerabilities = comparedVulnerabilities(
    report({
      level: "fixes-only",
      packages: [
        scanned("a", { level: "fixes-only", reason: "no tracker" }),
        scanned("b"),
        scanned("c", { level: "none" }),
      ],
      findings: [
        found("CVE-2", "low", { level: "fixes-only", fixed: "2" }),
        found("CVE-3", "high", { package: 1 }),
        found("CVE-1", "low", {
          level: "fixes-only",
          exploited: { added: "2026-01-01", due: undefined, ransomware: false },
        }),
      ],
      totals: {
        full: { packages: 1, ...NO_FINDINGS, findings: 1 },
        fixesOnly: { packages: 1, ...NO_FINDINGS, findings: 2, fixable: 1 },
        none: { packages: 1 },
      },
      feeds: [
        {
          ...{ feed: "kev", place: "", checkedAt: Date.UTC(2026, 10, 23), dated: undefined, records: 1, digest: "" },
          ...{ failure: undefined, stale: true },
        },
      ],
    }),
  );
  assert.equal(vulnerabilities.status, "assessed");
  const { findings, weak, packages, full, fixesOnly, feeds } = vulnerabilities;
  assert.deepEqual(
    findings.map(({ id, package: name, fixed, exploited }) => [id, name, fixed, exploited]),
    [
      ["CVE-3", "b", null, false],
      ["CVE-1", "a", null, true],
      ["CVE-2", "a", "2", false],
    ],
  );
  assert.deepEqual(
    weak.map(({ name, level, reason }) => [name, level, reason]),
    [
      ["a", "fixes-only", "no tracker"],
      ["c", "none", ""],
    ],
  );
  assert.deepEqual(packages, { full: 1, fixesOnly: 1, none: 1 });
  assert.deepEqual([full.findings, full.exploited, fixesOnly.fixable, fixesOnly.exploited], [1, 0, 1, 1]);
  assert.deepEqual(feeds, [{ feed: "kev", dated: null, checked: "2026-11-23T00:00:00.000Z", stale: true }]);
});

test("where not one package could be looked at, the reason that most of them have is told, and no number", () => {
  const reasons = ["no feed has rpm", "no feed has go", "no feed has rpm"];
  const packages = reasons.map((reason) => scanned("x", { level: "none", reason }));
  assert.deepEqual(comparedVulnerabilities(report({ status: "unassessed", level: "none", packages })), {
    status: "unassessed",
    reason: "none of its 3 packages could be looked at: no feed has rpm, and other reasons",
  });
  assert.deepEqual(comparedVulnerabilities(report({ status: "unassessed", level: "none" })), {
    ...{ status: "unassessed", reason: "no package was identified" },
  });
});
