import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { parse } from "yaml";
import { finding, hostileReports, LAYER, scannedPackage, scanReport } from "../../test/support/scan-reports.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import { readIgnoreFile } from "./ignore-file.ts";
import { ignoreJsonSchema } from "./ignore-schema.ts";
import type { Finding, ScannedPackage, ScanReport } from "./report.ts";
import { setAside } from "./set-aside.ts";

const TODAY = "2026-11-26";

function ignoring(text: string, report: ScanReport): ScanReport {
  return setAside(report, [readIgnoreFile(text, ".distill-ignore.yaml", TODAY)]);
}

/** Whether an entry sets a finding aside. */
function takes(entry: string, given: { finding?: Partial<Finding>; package?: Partial<ScannedPackage> } = {}): boolean {
  const report = scanReport([scannedPackage("openssl", given.package)], [finding("CVE-2026-1", "high", given.finding)]);
  return ignoring(`ignore:\n  - {${entry}, reason: r}\n`, report).findings.length === 0;
}

describe("an entry of an ignore file", () => {
  test("names a flaw by any of its names, in any case", () => {
    assert.ok(takes("id: CVE-2026-1"));
    assert.ok(takes("id: cve-2026-1"));
    assert.ok(takes("id: GHSA-aaaa-bbbb-cccc", { finding: { aliases: ["GHSA-aaaa-bbbb-cccc"] } }));
    assert.ok(!takes("id: CVE-2026-11"));
    assert.ok(!takes("id: CVE-2026"));
  });

  test("names a package by its name or its source's, or by package URL, with or without a version", () => {
    const source = { source: { name: "src", version: "9" } };
    assert.ok(takes("package: openssl"));
    assert.ok(takes("package: openssl@1.0-1"));
    assert.ok(!takes("package: openssl@1.0-2"));
    assert.ok(!takes("package: open"));
    assert.ok(takes("package: src", { package: source }));
    assert.ok(takes("package: src@9", { package: source }));
    assert.ok(!takes("package: src@1.0-1", { package: source }));
    assert.ok(takes("package: pkg:deb/debian/openssl"));
    assert.ok(takes("package: pkg:deb/debian/openssl@1.0-1"));
    assert.ok(takes("package: 'pkg:deb/debian/openssl?arch=amd64'"));
    assert.ok(!takes("package: 'pkg:deb/debian/openssl?arch=arm64'"));
    assert.ok(!takes("package: pkg:deb/ubuntu/openssl"));
    assert.ok(takes("package: '@types/node'", { package: { name: "@types/node" } }));
    assert.ok(takes("package: '@types/node@1.0-1'", { package: { name: "@types/node" } }));
    assert.ok(takes("package: pkg:pypi/Zope_Interface", { package: { purl: "pkg:pypi/zope-interface@6" } }));
  });

  test("names places by a pattern, and all places of the package must be like it", () => {
    const at = (...paths: readonly string[]) => ({
      package: { locations: paths.map((path) => ({ path, inside: undefined, layer: LAYER })) },
    });
    assert.ok(takes("path: app/vendor", at("app/vendor/a/package.json")));
    assert.ok(takes("path: /app/vendor/", at("app/vendor/a/package.json")));
    assert.ok(takes("path: '**/*.jar'", at("opt/x/y.jar")));
    assert.ok(!takes("path: '*.jar'", at("opt/x/y.jar")));
    assert.ok(!takes("path: app", at("app/a", "opt/a")));
    assert.ok(takes("path: '**/a'", at("app/a", "opt/a")));
    assert.ok(!takes("path: '**'", at()));
    const nested = { package: { locations: [{ path: "a.jar", inside: "lib/b.jar", layer: undefined }] } };
    assert.ok(takes("path: 'a.jar!/lib/*.jar'", nested));
  });

  test("needs all that it names", () => {
    assert.ok(takes("id: CVE-2026-1, package: openssl"));
    assert.ok(!takes("id: CVE-2026-1, package: curl"));
    assert.ok(!takes("id: CVE-2026-1, path: opt"));
  });

  test("holds up to its day, and counts again behind it, which is said", () => {
    const report = scanReport([scannedPackage("openssl")], [finding("CVE-2026-1")]);
    const until = (day: string) =>
      ignoring(`ignore:\n  - id: CVE-2026-1\n    reason: not reached\n    expires: ${day}\n`, report);
    const held = until(TODAY);
    assert.deepEqual(
      held.suppressed.map(({ finding: { id }, ...rest }) => ({ id, ...rest })),
      [{ id: "CVE-2026-1", by: "ignore-file", where: ".distill-ignore.yaml:2", reason: "not reached", until: TODAY }],
    );
    assert.equal(held.totals.full.findings, 0);
    assert.deepEqual(held.warnings, []);
    const expired = until("2026-11-25");
    assert.equal(expired.findings.length, 1);
    assert.deepEqual(expired.warnings, [
      ".distill-ignore.yaml:2: CVE-2026-1: expired on 2026-11-25; 1 finding counts again",
    ]);
  });

  test("that matches no finding is reported, and undecided findings are set aside too", () => {
    const report = scanReport([scannedPackage("openssl")], [], { undecided: [finding("CVE-2026-1")] });
    const after = ignoring(
      "ignore:\n  - {id: CVE-2026-1, reason: r}\n  - {id: CVE-2026-2, package: openssl, reason: r}\n",
      report,
    );
    assert.equal(after.undecided.length, 0);
    assert.equal(after.suppressed.length, 1);
    assert.deepEqual(after.warnings, [".distill-ignore.yaml:3: CVE-2026-2, openssl: it matches no finding"]);
  });
});

test("mistakes in an ignore file are told with line and column", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["ignore:\n  - {id: CVE-1}\n", /^i.yaml:2:5: ignore\[0\]\.reason: is missing; expected why this does not count/],
    ["ignore:\n  - {reason: r}\n", /^i.yaml:2:5: ignore\[0\]: expected at least one of id, package and path/],
    [
      "ignore:\n  - {id: CVE-1, reason: r, expires: soon}\n",
      /^i.yaml:2:37: ignore\[0\]\.expires: expected a day, such as 2027-01-31, found "soon"\n.*\n[^\n]*$/,
    ],
    ["ignore:\n  - {id: CVE-1, reason: r, expires: 2026-02-30}\n", /there is no such day/],
    ["ignore:\n  - {id: CVE-1, reason: r, pakage: x}\n", /did you mean package\?/],
    ["ignore: {}\n", /expected a list/],
    ["[]", /expected keys and values/],
    ["ignore:\n  - {package: 'pkg:', reason: r}\n", /^i.yaml:2: "pkg:" is no package URL/],
    ["ignore:\n  - {path: '!x', reason: r}\n", /^i.yaml:2: "!x" is no pattern/],
    ["ignore:\n  - {path: '[', reason: r}\n", /^i.yaml:2: /],
    ["ignore:\n  - {id: a, id: b, reason: r}\n", /this key is in the map already/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => readIgnoreFile(text, "i.yaml", TODAY),
      (error) => {
        assert.ok(error instanceof DistillError && error.code === "CONFIG_INVALID", text);
        assert.match(error.message, message);
        if (/expected/.test(error.message)) assert.equal(error.hint, "docs/scan.md describes each key");
        return true;
      },
    );
  }
});

test("an ignore file may hold anything, and reports too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), hostileReports(), (id, pattern, report) => {
      const text = `ignore: [{id: ${JSON.stringify(id)}, reason: r}, {path: ${JSON.stringify(pattern)}, reason: r}]`;
      try {
        ignoring(text, report);
      } catch (error) {
        assert.ok(isDistillError(error, "CONFIG_INVALID"), String(error));
      }
    }),
  );
});

test("the example of docs/scan.md is read, and valid by the published schema", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/scan.md"), "utf8");
  const examples = Array.from(page.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text]) => text ?? "");
  assert.ok(examples.length > 0);
  const validate = new Ajv2020().compile(JSON.parse(JSON.stringify(ignoreJsonSchema())));
  for (const text of examples) {
    readIgnoreFile(text, "docs/scan.md", TODAY);
    assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
  }
});
