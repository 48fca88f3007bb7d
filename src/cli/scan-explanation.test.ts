import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostileReports, SEEN, variedReport } from "../../test/support/scan-reports.ts";
import type { ExplainedPackage } from "../scan/explained.ts";
import type { ScanReport } from "../scan/report.ts";
import { showExplanation } from "../scan/shown-explanation.ts";
import { scanExplanationText } from "../ui/scan-explanation.ts";

const explain = (report: ScanReport, explained: readonly ExplainedPackage[]) =>
  scanExplanationText(showExplanation("CVE-2026-0001", { report, explained }, SEEN + 86_400_000));

test("an explanation has every record, where the package came from, and what is known of the flaw", () => {
  const report = variedReport();
  const [finding] = report.findings;
  const [openssl, curl] = report.packages;
  assert.ok(finding && openssl && curl);
  const no = {
    feed: "debian-archive",
    record: "CVE-2026-0001",
    affected: "no",
    because: "1.0-1 has it fixed",
  } as const;
  const text = explain(report, [
    { package: openssl, reasoning: [...finding.reasoning, { ...no, link: "https://a.example/" }], finding },
    { package: curl, reasoning: [{ ...no, link: undefined }], finding: undefined },
  ]);
  assert.equal(
    text,
    `CVE-2026-0001: libssl3t64 3.5.1-1: affected
  purl         pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64&distro=debian-13
  source       openssl 3.5.1-1
  found in     /var/lib/dpkg/status
  came with    layer 2, line 4: RUN apt-get install openssl
  summary      What CVE-2026-0001 is about
  severity     critical (9.8) by NVD, CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
  fix          1.0-2
  also         GHSA-aaaa-bbbb-cccc, DSA-1-1
  exploited    on CISA's list since 2026-01-27, in ransomware
  EPSS         12%, percentile 98
  record       CVE-2026-0001 (Debian's security tracker of 2026-11-20, seen 24 hours ago): affected
               1.0-1 is older than 1.0-2
  record       CVE-2026-0001 (Debian's archive of 2026-11-20, seen 24 hours ago): not affected
               1.0-1 has it fixed
               https://a.example/

CVE-2026-0001: curl 1.0-1: not affected
  purl         pkg:deb/debian/curl@1.0-1?arch=amd64&distro=debian-13
  found in     /var/lib/dpkg/status
  came with    layer 2, line 4: RUN apt-get install openssl
  record       CVE-2026-0001 (Debian's archive of 2026-11-20, seen 24 hours ago): not affected
               1.0-1 has it fixed
`,
  );
});

test("a flaw that was set aside is still there, and says by whom", () => {
  const report = variedReport();
  const [suppressed] = report.suppressed;
  const [openssl] = report.packages;
  assert.ok(suppressed && openssl);
  const { finding } = suppressed;
  const text = explain(report, [{ package: openssl, reasoning: finding.reasoning, finding }]);
  assert.match(text, /: affected; set aside by a file:3 until 2027-01-31: not reached$/m);
});

test("what only a weak feed or nobody decides is said so", () => {
  const report = variedReport();
  const [finding] = report.findings;
  const [openssl, curl] = report.packages;
  assert.ok(finding && openssl && curl);
  assert.match(
    explain(report, [{ package: curl, reasoning: finding.reasoning, finding }]),
    /: affected \(fixes-only\)$/m,
  );
  const unknown = finding.reasoning.map((each) => ({ ...each, affected: "unknown" }) as const);
  assert.match(explain(report, [{ package: openssl, reasoning: unknown, finding }]), /: undecided$/m);
  assert.match(explain(report, [{ package: openssl, reasoning: unknown, finding: undefined }]), /: undecided$/m);
});

test("where no record has that name, the data that was asked is named", () => {
  assert.equal(
    explain(variedReport(), []),
    "CVE-2026-0001: no record of that name is about a package of registry.example/team/app:1; asked: Debian's security tracker of 2026-11-20, Debian's archive of 2026-11-20, OSV Maven of 2026-11-20, OSV PyPI of 2026-11-20\n",
  );
});

test("an explanation lets no control characters through", () => {
  fc.assert(
    fc.property(hostileReports(), (report) => {
      const explained = report.findings.flatMap((finding) => {
        const at = report.packages[finding.package];
        return at === undefined ? [] : [{ package: at, reasoning: finding.reasoning, finding }];
      });
      assert.doesNotMatch(explain(report, explained), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }),
  );
});
