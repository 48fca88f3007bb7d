import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { finding, hostileReports, scannedPackage, scanReport } from "../../test/support/scan-reports.ts";
import { isDistillError } from "../lib/errors.ts";
import { readOpenVex } from "./read-openvex.ts";
import type { ScannedPackage, ScanReport } from "./report.ts";
import { setAside } from "./set-aside.ts";
import { vexOpinions } from "./vex.ts";

const REPORT = scanReport([scannedPackage("openssl")], [finding("CVE-2026-1", "high", { aliases: ["GHSA-a"] })]);
const DIGEST = REPORT.subject.manifestDigest ?? "";
const PURL = "pkg:deb/debian/openssl";

function documentOf(statements: readonly object[], rest: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ "@context": "https://openvex.dev/ns/v0.2.0", ...rest, statements }));
}

function statement(products: readonly object[], rest: object = {}): object {
  return {
    vulnerability: { name: "CVE-2026-1" },
    products,
    status: "not_affected",
    justification: "vulnerable_code_not_present",
    ...rest,
  };
}

function told(statements: readonly object[], report: ScanReport = REPORT, rest: object = {}): ScanReport {
  return setAside(report, [vexOpinions(readOpenVex(documentOf(statements, rest), "a.json"), report.subject)]);
}

const takes = (product: object, package_: Partial<ScannedPackage> = {}): boolean =>
  told([statement([product])], { ...REPORT, packages: [scannedPackage("openssl", package_)] }).suppressed.length === 1;

describe("a VEX statement", () => {
  test("is about a package by package URL; what it has of version and qualifiers counts", () => {
    assert.ok(takes({ "@id": PURL }));
    assert.ok(takes({ "@id": `${PURL}@1.0-1` }));
    assert.ok(takes({ identifiers: { purl: `${PURL}@1.0-1?arch=amd64` } }));
    assert.ok(!takes({ "@id": `${PURL}@1.0-2` }));
    assert.ok(!takes({ "@id": `${PURL}?arch=arm64` }));
    assert.ok(!takes({ "@id": "pkg:deb/ubuntu/openssl" }));
    assert.ok(!takes({ "@id": "openssl" }));
  });

  test("is about the image by digest or name, and about all its packages or those named in it", () => {
    const image = { "@id": `pkg:oci/app@${encodeURIComponent(DIGEST)}` };
    assert.ok(takes(image));
    assert.ok(takes({ ...image, subcomponents: [{ "@id": PURL }] }));
    assert.ok(!takes({ ...image, subcomponents: [{ "@id": "pkg:deb/debian/curl" }] }));
    assert.ok(takes({ "@id": "pkg:oci/other", hashes: { "sha-256": DIGEST.slice(7) } }));
    assert.ok(takes({ "@id": "pkg:oci/app" }));
    assert.ok(takes({ "@id": "pkg:oci/app?repository_url=registry.example/team/app" }));
    assert.ok(takes({ "@id": "pkg:oci/app?repository_url=registry.example/team" }));
    assert.ok(takes({ "@id": "pkg:oci/app?tag=1" }));
    assert.ok(takes({ "@id": `registry.example/team/app@${DIGEST}` }));
    assert.ok(!takes({ "@id": "pkg:oci/app?tag=2" }));
    assert.ok(!takes({ "@id": "pkg:oci/app?repository_url=elsewhere.example/team/app" }));
    assert.ok(!takes({ "@id": "pkg:oci/app@sha256:0000" }));
    assert.ok(!takes({ "@id": "pkg:oci/other" }));
  });

  test("about a part of a package needs the part to be in it", () => {
    const product = { "@id": PURL, subcomponents: [{ "@id": "pkg:pypi/inner" }] };
    assert.ok(!takes(product));
    assert.ok(takes(product, { parts: ["pkg:pypi/inner@1"] }));
  });

  test("names the flaw by any of its names", () => {
    for (const vulnerability of [
      { name: "GHSA-a" },
      { name: "OTHER", aliases: ["CVE-2026-1"] },
      { "@id": "https://nvd.nist.gov/vuln/detail/CVE-2026-1" },
      "CVE-2026-1",
    ]) {
      assert.equal(told([statement([{ "@id": PURL }], { vulnerability })]).suppressed.length, 1);
    }
    const other = told([statement([{ "@id": PURL }], { vulnerability: { name: "CVE-2026-11" } })]);
    assert.equal(other.suppressed.length, 0);
    assert.deepEqual(other.warnings, ["a.json: statement 1: cve-2026-11 not_affected: it matches no finding"]);
  });

  test("sets findings aside with its reason, or notes what it says", () => {
    const product = [{ "@id": PURL }];
    const [aside] = told([statement(product, { impact_statement: "never called" })]).suppressed;
    assert.equal(aside?.reason, "vulnerable code not present: never called");
    assert.equal(aside?.where, "a.json: statement 1");
    assert.equal(told([statement(product, { status: "fixed" })]).suppressed.length, 1);
    for (const status of ["affected", "under_investigation"] as const) {
      const { findings } = told([statement(product, { status, action_statement: "wait" })]);
      assert.deepEqual([findings[0]?.statement?.status, findings[0]?.statement?.text], [status, "wait"]);
    }
  });

  test("of several, the latest counts, whatever their order; then the last", () => {
    const at = (timestamp: string | undefined, status: string) => statement([{ "@id": PURL }], { status, timestamp });
    const affected = (...statements: readonly object[]) =>
      told(statements, REPORT, { timestamp: "2026-02-01T00:00:00Z" }).findings.length === 1;
    const [old, late] = ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00+01:00"];
    assert.ok(affected(at(old, "fixed"), at(late, "affected")));
    assert.ok(affected(at(late, "affected"), at(old, "fixed")));
    assert.ok(!affected(at(late, "fixed"), at(undefined, "affected")));
    assert.ok(affected(at(old, "fixed"), at(undefined, "affected")));
    assert.ok(affected(at(old, "fixed"), at(old, "affected")));
  });
});

test("documents that are none are refused with their place", () => {
  const cases: readonly (readonly [Buffer, "FORMAT_INVALID" | "UNSUPPORTED" | "LIMIT_EXCEEDED"])[] = [
    [Buffer.from("{"), "FORMAT_INVALID"],
    [Buffer.from("{}"), "UNSUPPORTED"],
    [documentOf([{}]), "FORMAT_INVALID"],
    [documentOf([{ vulnerability: { name: "a" }, status: "safe" }]), "FORMAT_INVALID"],
    [documentOf([{ status: "fixed" }]), "FORMAT_INVALID"],
    [documentOf([statement([{ subcomponents: 3 }])]), "FORMAT_INVALID"],
    [documentOf(Array.from({ length: 50_001 }, () => ({}))), "LIMIT_EXCEEDED"],
    [documentOf([statement(Array.from({ length: 200_001 }, () => ({})))]), "LIMIT_EXCEEDED"],
    [Buffer.alloc((16 << 20) + 1), "LIMIT_EXCEEDED"],
  ];
  for (const [bytes, code] of cases) {
    assert.throws(
      () => readOpenVex(bytes, "a.json"),
      (error) => isDistillError(error, code),
      `${code} ${bytes.toString("utf8", 0, 100)}`,
    );
  }
});

test("a document inside an in-toto statement is read", () => {
  const predicate = JSON.parse(documentOf([statement([{ "@id": PURL }])]).toString());
  const bytes = Buffer.from(JSON.stringify({ _type: "https://in-toto.io/Statement/v1", predicate }));
  assert.equal(readOpenVex(bytes, "a.json").length, 1);
});

test("whatever JSON a document holds, it is read or refused", () => {
  const values = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(values, values, hostileReports(), (products, more, report) => {
      const statements = [{ vulnerability: { name: report.findings[0]?.id }, status: "fixed", products }, more];
      try {
        told(statements as readonly object[], report);
      } catch (error) {
        assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
      }
    }),
  );
});

test("as many statements and products as are read take no long time for many findings", () => {
  const packages = Array.from({ length: 100 }, (_, number) => scannedPackage(`p${number}`));
  const report = scanReport(
    packages,
    packages.map((_, number) => finding("CVE-2026-1", "high", { package: number })),
  );
  const products = Array.from({ length: 100_000 }, (_, number) => ({ "@id": `pkg:deb/debian/x${number}@1` }));
  const statements = readOpenVex(documentOf([statement(products)]), "a.json");
  const before = cpuTime();
  setAside(report, [vexOpinions(statements, report.subject)]);
  assert.ok(cpuTime() - before < 5000);
});
