import fc from "fast-check";
import { FEEDS, type FeedId } from "../../src/advisories/feed.ts";
import { SEVERITIES, type Severity } from "../../src/advisories/severity/severity.ts";
import type { PackageType } from "../../src/inventory/package.ts";
import { digestOf } from "../../src/lib/digest.ts";
import type {
  Finding,
  ScanLayer,
  ScannedPackage,
  ScanReport,
  Suppressed,
  VexStatement,
} from "../../src/scan/report.ts";
import { totalsOf } from "../../src/scan/totals.ts";
import { HOSTILE_TEXTS } from "./inventories.ts";

/** When the data of these reports was seen. */
export const SEEN = Date.UTC(2026, 10, 20, 8);

/** A feed of a report. */
export function feedState(feed: FeedId, stale = false): ScanReport["feeds"][number] {
  const place = `https://data.example/${feed}`;
  return { feed, place, checkedAt: SEEN, dated: undefined, records: 7, digest: "", failure: undefined, stale };
}

export const LAYER: ScanLayer = {
  ...{ number: 2, diffID: digestOf("app"), instruction: "RUN apt-get install openssl" },
  ...{ stage: undefined, line: 4 },
};

/** A Debian package that the tracker was asked about. */
export function scannedPackage(name: string, rest: Partial<ScannedPackage> = {}): ScannedPackage {
  const version = rest.version ?? "1.0-1";
  return {
    ...{ purl: `pkg:deb/debian/${name}@${version}?arch=amd64&distro=debian-13`, type: "deb", name, version },
    ...{ source: undefined, locations: [{ path: "var/lib/dpkg/status", inside: undefined, layer: LAYER }] },
    ...{ carriedFrom: undefined, level: "full", feeds: ["debian-tracker"], reason: undefined },
    ...{ support: undefined, newer: undefined, parts: [] },
    ...rest,
  };
}

/** A flaw of package 0 that has a fix. */
export function finding(id: string, severity: Severity = "high", rest: Partial<Finding> = {}): Finding {
  return {
    ...{
      id,
      aliases: [],
      package: 0,
      level: "full",
      summary: `What ${id} is about`,
      link: `https://data.example/${id}`,
    },
    rating: { severity, source: "NVD", vector: undefined, score: undefined },
    ...{ fixed: "1.0-2", state: "fixed", unimportant: false, exploited: undefined, likelihood: undefined },
    reasoning: [
      {
        ...{
          feed: "debian-tracker",
          record: id,
          affected: "yes",
          because: "1.0-1 is older than 1.0-2",
          link: undefined,
        },
      },
    ],
    ...rest,
  };
}

/** A report of these packages and findings; the rest follows from them. */
export function scanReport(
  packages: readonly ScannedPackage[],
  findings: readonly Finding[] = [],
  rest: Partial<ScanReport> = {},
): ScanReport {
  const levels = new Set(packages.map(({ level }) => level));
  return {
    subject: {
      ...{ name: "registry.example/team/app:1", imageID: digestOf("config"), manifestDigest: digestOf("manifest") },
      ...{ platform: "linux/amd64", system: "Debian GNU/Linux 13 (trixie)" },
    },
    status: levels.has("full") || levels.has("fixes-only") ? "assessed" : "unassessed",
    level: levels.has("fixes-only") ? "fixes-only" : levels.has("full") ? "full" : "none",
    ...{ packages, findings, suppressed: [], undecided: [] },
    totals: totalsOf(packages, findings),
    feeds: [...new Set(packages.flatMap(({ feeds }) => feeds))].map((feed) => feedState(feed)),
    warnings: [],
    ...rest,
  };
}

/** A bit of everything that a report may hold. */
export function variedReport(): ScanReport {
  const packages = [
    scannedPackage("libssl3t64", { version: "3.5.1-1", source: { name: "openssl", version: "3.5.1-1" } }),
    scannedPackage("curl", { level: "fixes-only", feeds: ["debian-archive"], reason: "the tracker was not asked" }),
    {
      ...scannedPackage("jackson", { type: "maven", version: "2.9.0", feeds: ["osv-maven"] }),
      purl: "pkg:maven/com.example/jackson@2.9.0",
      locations: [{ path: "app/a.jar", inside: "lib/b.jar", layer: { ...LAYER, number: 3, stage: "build", line: 9 } }],
    },
    scannedPackage("busybox", { level: "none", feeds: [], reason: "no feed has busybox" }),
    scannedPackage("Flask", { type: "pypi", version: "2.2.2", feeds: ["osv-pypi"], locations: [] }),
  ];
  const findings = [
    finding("CVE-2026-0001", "critical", {
      rating: {
        severity: "critical",
        source: "NVD",
        vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        score: 9.8,
      },
      exploited: { added: "2026-01-27", due: "2026-02-17", ransomware: true },
      likelihood: { score: 0.1234, percentile: 0.98 },
      aliases: ["GHSA-aaaa-bbbb-cccc", "DSA-1-1"],
    }),
    finding("CVE-2026-0002", "low", { fixed: undefined, state: "wont-fix", unimportant: true }),
    finding("CVE-2026-0003", "medium", { package: 1, level: "fixes-only" }),
    finding("GHSA-dddd-eeee-ffff", "unknown", { package: 2, fixed: undefined, state: "not-fixed" }),
    finding("CVE-2026-0001", "critical", { package: 2 }),
  ];
  const by = (each: Suppressed["by"], id: string, rest: Partial<Suppressed> = {}): Suppressed => ({
    ...{ finding: finding(id), by: each, where: "a file:3", reason: "not reached", until: undefined },
    ...rest,
  });
  const statement: VexStatement = {
    ...{
      status: "not_affected" as const,
      justification: "vulnerable_code_not_in_execute_path",
      text: "",
      where: "a.json",
    },
  };
  return scanReport(packages, findings, {
    undecided: [finding("CVE-2026-0009", "high", { fixed: undefined, state: "not-fixed" })],
    suppressed: [
      by("ignore-file", "CVE-2026-0010", { until: "2027-01-31" }),
      by("vex", "CVE-2026-0011", { statement }),
      by("vex", "CVE-2026-0012", { statement: { ...statement, status: "fixed", justification: undefined } }),
    ],
    warnings: ["/opt/x.jar: it ends too early"],
  });
}

/** Reports with anything in any of their texts. */
export function hostileReports(): fc.Arbitrary<ScanReport> {
  const text = fc.oneof(
    fc.constantFrom(...HOSTILE_TEXTS),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ maxLength: 20 }),
  );
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  const feed = fc.constantFrom(...FEEDS);
  const level = fc.constantFrom("full", "fixes-only", "none" as const);
  const count = fc.nat(9);
  const layer = fc.record({
    ...{ number: maybe(count), diffID: maybe(text), instruction: text, stage: maybe(text), line: maybe(count) },
  });
  const types: readonly PackageType[] = [
    "deb",
    "apk",
    "rpm",
    "pypi",
    "npm",
    "golang",
    "cargo",
    "maven",
    "gem",
    "generic",
  ];
  const packages = fc.array(
    fc.record({
      ...{ purl: text, type: fc.constantFrom(...types), name: text, version: text },
      source: maybe(fc.record({ name: text, version: text })),
      locations: fc.array(fc.record({ path: text, inside: maybe(text), layer: maybe(layer) }), { maxLength: 2 }),
      ...{ carriedFrom: maybe(text), level, feeds: fc.array(feed, { maxLength: 2 }), reason: maybe(text) },
      support: maybe(fc.record({ kind: fc.constantFrom("ended", "limited" as const), since: maybe(text), text })),
      ...{ newer: maybe(text), parts: fc.array(text, { maxLength: 2 }) },
    }),
    { maxLength: 4 },
  );
  const statement = fc.record({
    status: fc.constantFrom("not_affected", "affected", "fixed", "under_investigation" as const),
    ...{ justification: maybe(text), text, where: text },
  });
  const state = fc.constantFrom("fixed", "not-fixed", "wont-fix", "deferred", "end-of-life" as const);
  const findings = fc.array(
    fc.record({
      ...{
        id: text,
        aliases: fc.array(text, { maxLength: 3 }),
        package: fc.nat(4),
        level: fc.constantFrom("full", "fixes-only" as const),
      },
      rating: fc.record({
        severity: fc.constantFrom(...SEVERITIES),
        ...{ source: maybe(text), vector: maybe(text), score: maybe(fc.double({ min: 0, max: 10, noNaN: true })) },
      }),
      ...{ summary: text, link: maybe(text), fixed: maybe(text), state, unimportant: fc.boolean() },
      exploited: maybe(fc.record({ added: text, due: maybe(text), ransomware: fc.boolean() })),
      likelihood: maybe(
        fc.record({
          score: fc.double({ min: 0, max: 1, noNaN: true }),
          percentile: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      ),
      reasoning: fc.array(
        fc.record({
          ...{ feed, record: text, affected: fc.constantFrom("yes", "no", "unknown" as const) },
          ...{ because: text, link: maybe(text) },
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 4 },
  );
  return fc
    .record({
      ...{ packages, findings, undecided: findings, warnings: fc.array(text, { maxLength: 2 }) },
      subject: fc.record({
        ...{ name: text, imageID: maybe(text), platform: maybe(text), system: maybe(text) },
        manifestDigest: maybe(fc.oneof(text, fc.constant(digestOf("manifest")))),
      }),
      suppressed: fc.array(
        fc.record({
          finding: findings.map(([first]) => first ?? finding("CVE-2026-1")),
          by: fc.constantFrom("ignore-file", "vex" as const),
          ...{ where: text, reason: text, until: maybe(text), statement: maybe(statement) },
        }),
        { maxLength: 3 },
      ),
      feeds: fc.array(
        fc.record({
          ...{ feed, place: text, checkedAt: fc.nat(2 ** 42), dated: maybe(text), records: count },
          ...{ digest: text, failure: maybe(text), stale: fc.boolean() },
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ packages: given, findings: found, suppressed, ...rest }) =>
      scanReport(given, found, {
        ...rest,
        suppressed: suppressed.map(({ statement: said, ...each }) =>
          said === undefined ? each : { ...each, statement: said },
        ),
      }),
    );
}
