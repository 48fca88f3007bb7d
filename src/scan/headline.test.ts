import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { feedState, finding, hostileReports, scannedPackage, scanReport } from "../../test/support/scan-reports.ts";
import { headline, reasonsOf, staleText } from "./headline.ts";

const none = (name: string, reason: string) => scannedPackage(name, { level: "none", feeds: [], reason });
const fixesOnly = (name: string) => scannedPackage(name, { level: "fixes-only", feeds: ["debian-archive"] });

describe("the headline of a scan", () => {
  test("counts vulnerabilities where everybody could look, with the data and its day", () => {
    const packages = [scannedPackage("a"), scannedPackage("b")];
    assert.equal(
      headline(scanReport(packages)),
      "0 vulnerabilities in 2 packages (full: Debian's security tracker of 2026-11-20)",
    );
    const found = [finding("CVE-1"), finding("CVE-2"), finding("CVE-3")];
    assert.equal(
      headline(scanReport(packages, found)),
      "3 vulnerabilities in 1 of 2 packages (full: Debian's security tracker of 2026-11-20)",
    );
  });

  test("never says 0 vulnerabilities of what can only show missed fixes", () => {
    assert.equal(
      headline(scanReport([fixesOnly("a")])),
      "0 missed fixes, open: unknown (fixes-only for 1 package: Debian's archive of 2026-11-20)",
    );
    assert.equal(
      headline(scanReport([fixesOnly("a")], [finding("CVE-1", "high", { level: "fixes-only" })])),
      "1 missed fix in 1 of 1 package, open: unknown (fixes-only: Debian's archive of 2026-11-20)",
    );
  });

  test("counts packages of a document that are of no kind that is known", () => {
    assert.match(
      headline(scanReport([scannedPackage("a")], [], { leftOut: 3 })),
      /; 3 packages of the document not known$/,
    );
    assert.equal(
      headline(scanReport([], [], { leftOut: 1 })),
      "unassessed: no package was identified; 1 package of the document not known",
    );
  });

  test("carries the weakest level first, and adds no levels", () => {
    const packages = [scannedPackage("a"), fixesOnly("b"), none("c", "no feed has it")];
    const text = headline(
      scanReport(packages, [finding("CVE-1"), finding("CVE-2", "low", { package: 1, level: "fixes-only" })]),
    );
    assert.match(text, /^1 missed fix in 1 of 1 package, open: unknown \(.*\); 1 vulnerability in 1 of 1 package \(/);
    assert.match(text, /; 1 package not assessed$/);
  });

  test("says what is undecided and set aside beside a zero", () => {
    const given = {
      undecided: [finding("CVE-1")],
      suppressed: [
        { finding: finding("CVE-2"), by: "vex", where: "x", reason: "y", until: undefined } as const,
        { finding: finding("CVE-3"), by: "vex", where: "x", reason: "y", until: undefined } as const,
      ],
    };
    assert.match(
      headline(scanReport([scannedPackage("a")], [], given)),
      /^0 vulnerabilities .*; 1 undecided; 2 set aside$/,
    );
  });

  test("says why nothing could be assessed", () => {
    assert.equal(headline(scanReport([])), "unassessed: no package was identified");
    assert.equal(
      headline(scanReport([none("musl", "no feed has Alpine v2.7")])),
      "unassessed: its one package could not be looked at: no feed has Alpine v2.7",
    );
    assert.equal(
      headline(scanReport([none("a", "x"), none("b", "y"), none("c", "y")])),
      "unassessed: none of its 3 packages could be looked at: y, and other reasons",
    );
  });

  test("prefers the date that data carries itself", () => {
    const feeds = [{ ...feedState("debian-tracker"), dated: "2026-10-01T00:00:00Z" }];
    assert.match(headline(scanReport([scannedPackage("a")], [], { feeds })), /tracker of 2026-10-01/);
  });

  test("a zero of vulnerabilities always stands beside a full level, whatever the report holds", () => {
    fc.assert(
      fc.property(hostileReports(), (report) => {
        const text = headline(report);
        if (report.status === "unassessed") assert.ok(text.startsWith("unassessed: "));
        else if (report.level === "fixes-only") assert.match(text, /^\d+ missed fix.*open: unknown/s);
        if (report.totals.full.packages === 0) assert.doesNotMatch(text, /^\d+ vulnerabilit/);
      }),
    );
  });
});

test("stale data is named with its day", () => {
  const feeds = [feedState("debian-tracker", true), feedState("kev")];
  assert.equal(
    staleText(scanReport([scannedPackage("a")], [], { feeds })),
    "older than the data may be: Debian's security tracker of 2026-11-20",
  );
  assert.equal(staleText(scanReport([scannedPackage("a")])), undefined);
});

test("reasons are counted, those of most packages first", () => {
  const report = scanReport([none("a", "x"), none("b", "y"), none("c", "y"), scannedPackage("d")]);
  assert.deepEqual(
    reasonsOf(report, "none").map(({ reason, packages }) => [reason, packages.length]),
    [
      ["y", 2],
      ["x", 1],
    ],
  );
});
