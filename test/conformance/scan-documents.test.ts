import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { cycloneDxDocument } from "../../src/inventory/documents/cyclonedx.ts";
import { scanCycloneDx } from "../../src/scan/documents/cyclonedx.ts";
import { scanOpenVex } from "../../src/scan/documents/openvex.ts";
import { scanSarif } from "../../src/scan/documents/sarif.ts";
import { scanJson } from "../../src/scan/documents/scan-json.ts";
import { scanJsonSchema } from "../../src/scan/documents/scan-json-schema.ts";
import { ignoreJsonSchema } from "../../src/scan/ignore-schema.ts";
import { readOpenVex } from "../../src/scan/read-openvex.ts";
import type { ScanReport } from "../../src/scan/report.ts";
import { setAside } from "../../src/scan/set-aside.ts";
import { vexOpinions } from "../../src/scan/vex.ts";
import { documentSubject, variedInventory } from "../support/inventories.ts";
import { finding, hostileReports, SEEN, scannedPackage, scanReport, variedReport } from "../support/scan-reports.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";

const ROOT = join(import.meta.dirname, "../..");
const SARIF = ["schemas", "sarif-2.1.0.json"] as const;
const CYCLONEDX = ["schemas", "bom-1.6.schema.json"] as const;
const OPENVEX = ["schemas", "openvex.json"] as const;
const PASSED = { reasons: [], notes: [] };

const read = (...parts: readonly string[]) => JSON.parse(readFileSync(sharedPath(...parts), "utf8"));
const published = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, "docs", name), "utf8"));
const asJson = (value: object): unknown => JSON.parse(JSON.stringify(value));

function cycloneDxSchema(): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(read("schemas", "spdx.schema.json"), "http://cyclonedx.org/schema/spdx.schema.json");
  ajv.addSchema(read("schemas", "jsf-0.82.schema.json"), "http://cyclonedx.org/schema/jsf-0.82.schema.json");
  return ajv.compile(read(...CYCLONEDX));
}

/** The schema is of draft 4, whose `id` later drafts call `$id`. */
function sarifSchema(): ValidateFunction {
  const { id: _, $schema: __, ...schema } = read(...SARIF);
  return new Ajv({ strict: false, validateFormats: false }).compile(schema);
}

function openVexSchema(): ValidateFunction {
  return new Ajv2020({ strict: false, validateFormats: false }).compile(read(...OPENVEX));
}

/** Ordinary reports, then as many with anything in them. */
function forReports(check: (report: ScanReport) => void): void {
  const ordinary = [variedReport(), scanReport([]), scanReport([scannedPackage("a")])];
  for (const report of ordinary) check(report);
  fc.assert(fc.property(hostileReports(), check), { numRuns: 300 });
}

function assertValid(validate: ValidateFunction, text: string): void {
  assert.equal(validate(JSON.parse(text)), true, JSON.stringify(validate.errors?.slice(0, 3)));
}

describe("documents about a scan", () => {
  test("are SARIF 2.1.0 by its schema, whatever the report holds", { skip: unlessShared(...SARIF) }, () => {
    const validate = sarifSchema();
    forReports((report) => assertValid(validate, scanSarif(report, report.findings, "1.2.3")));
  });

  test("are CycloneDX 1.6 by its schema, whatever the report holds", { skip: unlessShared(...CYCLONEDX) }, () => {
    const validate = cycloneDxSchema();
    const own = cycloneDxDocument(documentSubject(variedInventory()));
    forReports((report) => {
      for (const document of [undefined, own]) {
        assertValid(validate, scanCycloneDx(report, report.findings, { document, version: "1.2.3", time: SEEN }));
      }
    });
  });

  test("are OpenVEX 0.2.0 by its schema, and read back, whatever the report holds", {
    skip: unlessShared(...OPENVEX),
  }, () => {
    const validate = openVexSchema();
    forReports((report) => {
      const text = scanOpenVex(report, report.findings, "1.2.3", SEEN);
      if (text === undefined) {
        assert.equal(report.findings.length + report.undecided.length + report.suppressed.length, 0);
        return;
      }
      assertValid(validate, text);
      assert.ok(readOpenVex(Buffer.from(text), "x.json").length > 0);
    });
  });

  test("are JSON of the published schema, whatever the report holds", () => {
    const validate = new Ajv2020({ validateFormats: false }).compile(asJson(scanJsonSchema()) as object);
    forReports((report) => assertValid(validate, scanJson({ report, shown: report.findings, judgement: PASSED })));
  });

  test("the published schemas are those that distill writes and reads by", () => {
    const hint = "npm run schema writes them";
    assert.deepEqual(published("scan.schema.json"), asJson(scanJsonSchema()), hint);
    assert.deepEqual(published("distill-ignore.schema.json"), asJson(ignoreJsonSchema()), hint);
  });

  test("what was set aside by VEX is set aside by the document that is written of it", () => {
    const packages = [scannedPackage("openssl"), scannedPackage("curl")];
    const findings = [finding("CVE-2026-1"), finding("CVE-2026-1", "high", { package: 1 }), finding("CVE-2026-2")];
    const report = scanReport(packages, findings);
    const given = JSON.stringify({
      "@context": "https://openvex.dev/ns/v0.2.0",
      statements: [
        {
          vulnerability: { name: "CVE-2026-1" },
          products: [{ "@id": "pkg:deb/debian/curl" }],
          status: "not_affected",
          justification: "vulnerable_code_not_present",
        },
      ],
    });
    const once = setAside(report, [vexOpinions(readOpenVex(Buffer.from(given), "a.json"), report.subject)]);
    const written = scanOpenVex(once, once.findings, "1.2.3", SEEN) ?? "";
    for (const name of ["registry.example/team/app:1", "oci:dir", "sbom:x.json"]) {
      const subject = { ...report.subject, name };
      const again = setAside({ ...report, subject }, [
        vexOpinions(readOpenVex(Buffer.from(written), "b.json"), subject),
      ]);
      assert.deepEqual(
        again.suppressed.map(({ finding: { id, package: number } }) => [id, number]),
        [["CVE-2026-1", 1]],
        name,
      );
      assert.equal(again.findings.length, 2);
    }
  });
});
