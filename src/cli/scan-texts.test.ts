import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  finding,
  hostileReports,
  SEEN,
  scannedPackage,
  scanReport,
  variedReport,
} from "../../test/support/scan-reports.ts";
import { displayWidth } from "../lib/display-width.ts";
import { parseSeverities } from "../scan/filter.ts";
import { headline } from "../scan/headline.ts";
import type { ScanReport } from "../scan/report.ts";
import { type Grouping, showScan } from "../scan/shown-scan.ts";
import { scanText } from "../ui/scan.ts";
import { scanGithub } from "../ui/scan-github.ts";
import { scanMarkdown } from "../ui/scan-markdown.ts";

const ALL = { onlyFixed: false, severities: undefined };
const NOW = SEEN + 3 * 86_400_000;
const shown = (report: ScanReport, by: Grouping = "package") => showScan(report, ALL, by, NOW);

describe("the table of a scan", () => {
  test("begins with the headline, then what was scanned, and has a line for each finding and open package", () => {
    const report = variedReport();
    const lines = scanText(shown(report), 160).split("\n");
    assert.equal(lines[0], headline(report));
    assert.equal(lines[1], "registry.example/team/app:1 (linux/amd64, Debian GNU/Linux 13 (trixie))");
    assert.ok(
      lines.includes(
        "libssl3t64  3.5.1-1  1.0-2     CVE-2026-0001        critical (9.8)  fix available           full        KEV (ransomware), EPSS 12%",
      ),
    );
    assert.ok(
      lines.includes(
        "busybox     1.0-1    -         -                    -               -                       none",
      ),
    );
    assert.ok(lines.includes("  1 package: no feed has busybox: busybox 1.0-1"));
    assert.ok(lines.includes("Debian's security tracker  2026-11-20  3 days ago"));
  });

  test("counts levels apart", () => {
    const text = scanText(shown(variedReport()), 160);
    assert.match(text, /^fixes-only: 1 medium; 1 with a fix\nfull: 2 critical, 1 low, 1 unknown; 2 with a fix$/m);
  });

  test("fits narrow terminals without cutting names of flaws", () => {
    const report = variedReport();
    const table = scanText(shown(report), 100).split("\n\n")[1] ?? "";
    for (const line of table.split("\n")) assert.ok(displayWidth(line) <= 100, line);
    for (const width of [1, 30, 60, 80]) {
      const text = scanText(shown(report), width);
      for (const { id } of report.findings) assert.ok(text.includes(id), `${id} at ${width}`);
      assert.match(text, /^busybox 1.0-1 \(none\)$/m);
    }
  });

  test("by flaw has one line for each, worst first, with its packages", () => {
    const text = scanText(shown(variedReport(), "cve"), 160);
    const ids = Array.from(text.matchAll(/^((?:CVE|GHSA)-\S+)/gm), ([, id]) => id);
    assert.deepEqual(ids, ["CVE-2026-0001", "CVE-2026-0003", "CVE-2026-0002", "GHSA-dddd-eeee-ffff"]);
    assert.match(text, /^CVE-2026-0001 .* libssl3t64, jackson$/m);
  });

  test("by layer has the instruction and its line above the findings", () => {
    const text = scanText(shown(variedReport(), "layer"), 160);
    assert.match(text, /^layer 2, line 4: RUN apt-get install openssl\nPACKAGE/m);
    assert.match(text, /^layer 3, stage build, line 9: /m);
  });

  test("says what is hidden, and that data is stale", () => {
    const report = scanReport([scannedPackage("a")], [finding("CVE-1", "low"), finding("CVE-2", "high")]);
    const stale = { ...report, feeds: report.feeds.map((feed) => ({ ...feed, stale: true, failure: "no answer" })) };
    const text = scanText(showScan(stale, { ...ALL, severities: parseSeverities("high") }, "package", NOW), 160);
    assert.doesNotMatch(text, /CVE-1/);
    assert.match(text, /^note: 1 finding is counted and not shown$/m);
    assert.match(
      text,
      /^2 vulnerabilities in 1 of 1 package .*\nolder than the data may be: Debian's security tracker of/,
    );
    assert.match(text, /3 days ago, stale {2}not renewed: no answer$/m);
  });

  test("says what has no security support, packages of which the same is said together", () => {
    const support = { kind: "limited", since: undefined, text: "for building alone" } as const;
    const text = scanText(shown(scanReport(["a", "b"].map((name) => scannedPackage(name, { support })))), 160);
    assert.match(text, /^note: a, b: security support is limited: for building alone$/m);
  });

  test("says why missing fixes alone can be seen, and which packages have newer versions", () => {
    const weak = { level: "fixes-only", feeds: ["debian-archive"], reason: "the tracker is not here" } as const;
    const packages = [scannedPackage("a", { ...weak, newer: "1.0-3" }), scannedPackage("b", weak)];
    const text = scanText(shown(scanReport(packages)), 160);
    assert.match(
      text,
      /^ONLY MISSING FIXES CAN BE SEEN\n {2}2 packages: the tracker is not here: a 1\.0-1, b 1\.0-1$/m,
    );
    assert.match(text, /^note: 1 package has a newer version in Debian's archive, whatever it fixes: a 1\.0-3$/m);
  });

  test("lists no more than some packages that nobody could look at", () => {
    const many = Array.from({ length: 50 }, (_, number) =>
      scannedPackage(`p${number}`, { level: "none", reason: "x" }),
    );
    const text = scanText(shown(scanReport([scannedPackage("a"), ...many])), 160);
    assert.match(text, /^and 30 more packages not assessed$/m);
    assert.match(text, /^ {2}50 packages: x: p0 1\.0-1, .* and 42 more$/m);
  });
});

test("no form for people or workflows lets control characters, or lines of others, through", () => {
  fc.assert(
    fc.property(hostileReports(), fc.integer({ min: 1, max: 200 }), (report, width) => {
      for (const by of ["package", "cve", "layer"] as const) {
        for (const text of [scanText(shown(report, by), width), scanMarkdown(shown(report, by))]) {
          assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/);
        }
      }
      const annotations = scanGithub({
        ...{ report, shown: report.findings, headline: headline(report), stale: undefined, buildFile: "a,b:c\n" },
      });
      const lines = annotations.trimEnd().split("\n");
      assert.equal(lines.length, 1 + report.findings.length);
      for (const line of lines) assert.match(line, /^::(?:error|warning|notice) [^\x00-\x08\x0a-\x1f]*::/);
    }),
    { numRuns: 40 },
  );
});

test("an annotation stands at the line of the build file, with everything escaped", () => {
  const report = scanReport([scannedPackage("a")], [finding("CVE-1", "high", { summary: "50% of a,b: c\nd" })]);
  const text = scanGithub({ report, shown: report.findings, headline: "x", stale: "y", buildFile: "a,b" });
  assert.deepEqual(text.split("\n"), [
    "::notice title=distill scan registry.example/team/app%3A1::x",
    "::warning title=distill scan::y",
    "::error file=a%2Cb,line=4,title=CVE-1::a 1.0-1 (high, fixed in 1.0-2) in /var/lib/dpkg/status: 50%25 of a,b: c%0Ad",
    "",
  ]);
});

test("an unassessed image is an error in a workflow", () => {
  const report = scanReport([]);
  assert.match(
    scanGithub({ report, shown: [], headline: headline(report), stale: undefined, buildFile: "x" }),
    /^::error /,
  );
});

test("markdown is short enough for a comment, and says what it leaves out", () => {
  const long = "x".repeat(5000);
  const findings = Array.from({ length: 2000 }, (_, number) =>
    finding(`CVE-${number}-${long}`, "high", { fixed: long, reasoning: [] }),
  );
  const warnings = Array.from({ length: 500 }, () => long);
  const text = scanMarkdown(shown(scanReport([scannedPackage(long)], findings, { warnings })));
  assert.ok(text.length < 65_536, String(text.length));
  assert.match(text, /^and 1850 more findings$/m);
  assert.match(text, /^\* and 470 more notes$/m);
});
