import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { documentSubject, variedInventory } from "../../../test/support/inventories.ts";
import {
  feedState,
  finding,
  SEEN,
  scannedPackage,
  scanReport,
  variedReport,
} from "../../../test/support/scan-reports.ts";
import { cycloneDxDocument } from "../../inventory/documents/cyclonedx.ts";
import type { ScanReport } from "../report.ts";
import { scanCycloneDx } from "./cyclonedx.ts";
import { scanOpenVex } from "./openvex.ts";
import { reportTime, timeOfReport } from "./report-time.ts";
import { scanSarif } from "./sarif.ts";
import { scanObject } from "./scan-json.ts";
import { webAddress } from "./web-address.ts";

describe("SARIF", () => {
  const runOf = (report: ScanReport) => JSON.parse(scanSarif(report, report.findings, "1")).runs[0];

  test("has one rule for each flaw, with the score that GitHub sorts by, of its worst finding", () => {
    const { tool, results } = runOf(variedReport());
    const rules: readonly { id: string; properties: Record<string, unknown> }[] = tool.driver.rules;
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    const score = (id: string) => rules.find((rule) => rule.id === id)?.properties["security-severity"];
    assert.equal(score("CVE-2026-0001"), "9.8");
    assert.equal(score("CVE-2026-0003"), "5.5");
    assert.equal(score("GHSA-dddd-eeee-ffff"), undefined);
    for (const { ruleId, ruleIndex } of results) assert.equal(rules[ruleIndex]?.id, ruleId);
  });

  test("has results at places in the image, with layer and instruction", () => {
    const [first, , , fourth] = runOf(variedReport()).results;
    assert.deepEqual(first.locations[0].physicalLocation, {
      artifactLocation: { uri: "var/lib/dpkg/status" },
      region: { startLine: 1 },
    });
    assert.equal(fourth.locations[0].properties.inside, "lib/b.jar");
    assert.equal(fourth.locations[0].properties.layer.line, 9);
    assert.equal(
      first.message.text,
      "libssl3t64 3.5.1-1 is affected by CVE-2026-0001; fixed in 1.0-2 (CVE-2026-0001: 1.0-1 is older than 1.0-2)",
    );
  });

  test("tells undecided findings from findings, and suppresses with reasons", () => {
    const { results } = runOf(variedReport());
    const of = (id: string) => results.find(({ ruleId }: { ruleId: string }) => ruleId === id);
    assert.deepEqual([of("CVE-2026-0009").kind, of("CVE-2026-0009").level], ["review", "none"]);
    assert.deepEqual(of("CVE-2026-0010").suppressions, [
      { kind: "external", status: "accepted", justification: "not reached (ignore file a file:3, until 2027-01-31)" },
    ]);
    assert.equal(of("CVE-2026-0001").suppressions, undefined);
  });

  test("keeps the fingerprint of a finding when the version changes, and only then", () => {
    const print = (name: string, version: string, id: string) =>
      runOf(scanReport([scannedPackage(name, { version })], [finding(id)])).results[0].partialFingerprints[
        "distill/v1"
      ];
    const own = print("a", "1", "CVE-1");
    assert.equal(print("a", "2", "CVE-1"), own);
    assert.notEqual(print("b", "1", "CVE-1"), own);
    assert.notEqual(print("a", "1", "CVE-2"), own);
  });

  test("has no links in its messages, whatever things are called", () => {
    const link = "[a](https://evil.example)";
    const { invocations, results, tool } = runOf(
      scanReport(
        [scannedPackage(link), scannedPackage("b", { level: "none", reason: link })],
        [finding("CVE-1", "high", { summary: link, aliases: [link], fixed: link })],
        { warnings: [link] },
      ),
    );
    const [{ shortDescription, help }] = tool.driver.rules;
    const notes = invocations[0].toolExecutionNotifications.map(({ message }: { message: object }) => message);
    const messages = [shortDescription, help, ...notes, results[0].message, results[0].locations[0].message];
    for (const { text } of messages) assert.ok(!text.includes("]("), text);
  });

  test("of an unassessed image is a run that failed, and stale data is a warning", () => {
    assert.equal(runOf(scanReport([])).invocations[0].executionSuccessful, false);
    const stale = runOf(scanReport([scannedPackage("a")], [], { feeds: [feedState("debian-tracker", true)] }));
    assert.equal(stale.invocations[0].executionSuccessful, true);
    assert.ok(
      stale.invocations[0].toolExecutionNotifications.some(
        ({ level, message }: { level: string; message: { text: string } }) =>
          level === "warning" && message.text.startsWith("older than the data may be"),
      ),
    );
  });
});

describe("CycloneDX", () => {
  const options = { document: undefined, version: "1", time: SEEN };

  test("names affected components by their references, one vulnerability for all of which the same is said", () => {
    const packages = [scannedPackage("a"), scannedPackage("b")];
    const findings = [finding("CVE-1"), finding("CVE-1", "high", { package: 1 }), finding("CVE-2")];
    const bom = JSON.parse(scanCycloneDx(scanReport(packages, findings), findings, options));
    const refs = new Set(bom.components.map((each: Record<string, unknown>) => each["bom-ref"]));
    assert.deepEqual(
      bom.vulnerabilities.map((each: { id: string; affects: { ref: string }[] }) => [each.id, each.affects.length]),
      [
        ["CVE-1", 2],
        ["CVE-2", 1],
      ],
    );
    for (const { affects } of bom.vulnerabilities) for (const { ref } of affects) assert.ok(refs.has(ref), ref);
  });

  test("keeps the inventory's document, with the references that it has", () => {
    const inventory = variedInventory();
    const document = cycloneDxDocument(documentSubject(inventory));
    const packages = inventory.packages.map(({ purl }) => ({ ...scannedPackage("x"), purl }));
    const report = scanReport(packages, [finding("CVE-1")]);
    const bom = JSON.parse(scanCycloneDx(report, report.findings, { ...options, document }));
    const before = JSON.parse(document);
    assert.deepEqual(bom.components, before.components);
    assert.deepEqual(bom.dependencies, before.dependencies);
    assert.notEqual(bom.serialNumber, before.serialNumber);
    const refs = bom.components.map((each: Record<string, unknown>) => each["bom-ref"]);
    assert.ok(refs.includes(bom.vulnerabilities[0].affects[0].ref));
  });

  test("has method and vector of ratings, and an analysis of what does not count", () => {
    const report = variedReport();
    const { vulnerabilities } = JSON.parse(scanCycloneDx(report, report.findings, options));
    const of = (id: string) => vulnerabilities.find((each: { id: string }) => each.id === id);
    assert.deepEqual(of("CVE-2026-0001").ratings, [
      {
        ...{ source: { name: "NVD" }, score: 9.8, severity: "critical", method: "CVSSv31" },
        vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
      },
    ]);
    assert.equal(of("CVE-2026-0009").analysis.state, "in_triage");
    assert.equal(of("CVE-2026-0010").analysis.state, undefined);
    assert.deepEqual(
      [of("CVE-2026-0011").analysis.state, of("CVE-2026-0011").analysis.justification],
      ["not_affected", "code_not_reachable"],
    );
    assert.equal(of("CVE-2026-0012").analysis.state, "resolved");
    assert.equal(of("CVE-2026-0002").analysis, undefined);
  });

  test("tells the methods of vectors apart", () => {
    const method = (vector: string): string => {
      const rating = { severity: "high", source: undefined, score: undefined, vector } as const;
      const report = scanReport([scannedPackage("a")], [finding("CVE-1", "high", { rating })]);
      return JSON.parse(scanCycloneDx(report, report.findings, options)).vulnerabilities[0].ratings[0].method;
    };
    assert.equal(method("CVSS:4.0/AV:N"), "CVSSv4");
    assert.equal(method("CVSS:3.0/AV:N"), "CVSSv3");
    assert.equal(method("AV:N/AC:L/Au:N/C:P/I:P/A:P"), "CVSSv2");
    assert.equal(method("high"), "other");
  });
});

describe("OpenVEX", () => {
  const statementsOf = (report: ScanReport) =>
    JSON.parse(scanOpenVex(report, report.findings, "1", SEEN) ?? "{}").statements;

  test("says what to do, what is open, and what others said as they said it", () => {
    const statements = statementsOf(variedReport());
    const of = (name: string) =>
      statements.find((each: { vulnerability: { name: string } }) => each.vulnerability.name === name);
    assert.deepEqual(
      [of("CVE-2026-0001").status, of("CVE-2026-0001").action_statement],
      ["affected", "Update openssl to 1.0-2 or later."],
    );
    assert.equal(of("CVE-2026-0002").action_statement, "The distribution plans no fix of openssl.");
    assert.equal(of("CVE-2026-0009").status, "under_investigation");
    assert.deepEqual(
      [of("CVE-2026-0010").status, of("CVE-2026-0010").action_statement],
      ["affected", "No action until 2027-01-31: not reached"],
    );
    assert.deepEqual(
      [of("CVE-2026-0011").status, of("CVE-2026-0011").justification],
      ["not_affected", "vulnerable_code_not_in_execute_path"],
    );
    assert.equal(of("CVE-2026-0012").status, "fixed");
  });

  test("carries what the scan is worth", () => {
    const feeds = [feedState("debian-archive", true)];
    const packages = [scannedPackage("a", { level: "fixes-only", feeds: ["debian-archive"] })];
    const report = scanReport(packages, [finding("CVE-1", "high", { level: "fixes-only" })], { feeds });
    const { tooling } = JSON.parse(scanOpenVex(report, report.findings, "1", SEEN) ?? "");
    assert.match(tooling, /^distill 1: 1 missed fix .*open: unknown .*; older than the data may be: Debian's archive/);
  });

  test("of nothing is nothing", () => {
    assert.equal(scanOpenVex(scanReport([scannedPackage("a")]), [], "1", SEEN), undefined);
  });

  test("names packages alone where there is no image", () => {
    const { subject } = scanReport([]);
    const report = scanReport([scannedPackage("a")], [finding("CVE-1")], {
      subject: { ...subject, imageID: undefined, manifestDigest: undefined },
    });
    assert.deepEqual(statementsOf(report)[0].products[0].identifiers, { purl: report.packages[0]?.purl });
  });
});

test("the same report gives the same bytes", () => {
  const report = variedReport();
  const all = () => [
    scanSarif(report, report.findings, "1"),
    scanCycloneDx(report, report.findings, { document: undefined, version: "1", time: SEEN }),
    scanOpenVex(report, report.findings, "1", SEEN),
  ];
  assert.deepEqual(all(), all());
});

test("the time of a document is that of SOURCE_DATE_EPOCH, else of its data", () => {
  const report = scanReport([scannedPackage("a")]);
  assert.equal(timeOfReport(report, 7), 7000);
  assert.equal(timeOfReport(report, undefined), SEEN);
  assert.equal(timeOfReport(scanReport([]), undefined), 0);
  assert.equal(reportTime(SEEN), "2026-11-20T08:00:00Z");
  for (const odd of [Number.NaN, -1, 1e300]) assert.equal(reportTime(odd), "1970-01-01T00:00:00Z");
});

test("JSON has what was asked for, counts the rest, and says what a gate has against it", () => {
  const report = variedReport();
  const judgement = { reasons: ["x"], notes: [] };
  const value = scanObject({ report, shown: report.findings.slice(0, 2), judgement });
  assert.deepEqual([value.findings.length, value.hidden, value.gate.passed], [2, 3, false]);
  assert.equal(value.totals.full.findings, 4);
  assert.equal(value.findings[0]?.purl, report.packages[0]?.purl);
  assert.equal(value.subject.imageID, report.subject.imageID);
});

test("only addresses of the web are linked to", () => {
  assert.equal(webAddress("https://a.example/x y"), "https://a.example/x%20y");
  for (const link of [
    undefined,
    "",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "a.example",
    `https://a/${"x".repeat(3000)}`,
  ]) {
    assert.equal(webAddress(link), undefined, link);
  }
});
