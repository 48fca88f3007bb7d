import type { AdvisoryRecord, SeverityClaim } from "../../../src/advisories/advisory.ts";
import type { FeedItem } from "../../../src/advisories/feeds/item.ts";
import { type Feeds, installed, type MatchingRow, osv, tracker } from "../../support/matching.ts";

const PRIORITY = "trivy pkg/vulnerability: vendor, data source, GHSA, NVD, others";
const CVE = "CVE-2024-5000";

/** 9.8, 7.5 and 5.4 by v3, 9.3 by v4, 7.5 by v2. */
const V3_CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const V3_HIGH = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";
const V3_MEDIUM = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N";
const V4_CRITICAL = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
const V2_HIGH = "AV:N/AC:L/Au:N/C:P/I:P/A:P";

const claim = (source: string, type: SeverityClaim["type"], value: string): SeverityClaim => ({ source, type, value });
const word = (source: string, value: string) => claim(source, "label", value);

function pypi(rule: string, severities: readonly SeverityClaim[], rating: string, source = PRIORITY): MatchingRow {
  return {
    ...{ rule, source, installed: installed("pypi", "a", "1"), level: "full", rating },
    feeds: { "osv-pypi": [osv("PyPI", "a", "GHSA-1", { ranges: [">=0"] }, { aliases: [CVE], severities })] },
    matches: { [CVE]: "yes, not-fixed" },
  };
}

function elsewhere(id: string, severities: readonly SeverityClaim[], more: Partial<AdvisoryRecord> = {}): FeedItem {
  return osv("npm", "z", id, { ranges: [">=0"] }, { aliases: [CVE], severities, ...more });
}

function debian(rule: string, urgency: string, others: readonly FeedItem[], rating: string): MatchingRow {
  const feeds: Feeds = { "debian-tracker": [tracker("trixie", "a", CVE, { urgency })], "osv-npm": others };
  return {
    ...{ rule, source: "osv.dev#2482: Debian's urgencies are no severities any more", feeds, level: "full", rating },
    installed: installed("deb", "a", "1", { system: "debian-13" }),
    matches: { [CVE]: urgency === "unimportant" ? "yes, not-fixed, unimportant" : "yes, not-fixed" },
  };
}

export const SEVERITY_ROWS: readonly MatchingRow[] = [
  pypi(
    "a vector of v3.1",
    [claim("GHSA", "CVSS_V3", V3_CRITICAL)],
    "critical by GHSA, 9.8",
    "first.org CVSS v3.1, 7.1 and 5",
  ),
  pypi(
    "a vector of v3.0",
    [claim("GHSA", "CVSS_V3", V3_HIGH.replace("3.1", "3.0"))],
    "high by GHSA, 7.5",
    "first.org CVSS v3.0",
  ),
  pypi("a vector of v4.0", [claim("GHSA", "CVSS_V4", V4_CRITICAL)], "critical by GHSA, 9.3", "first.org CVSS v4.0, 8"),
  pypi(
    "what is exploited counts in v4.0",
    [claim("GHSA", "CVSS_V4", `${V4_CRITICAL}/E:U`)],
    "high by GHSA, 8.1",
    "first.org CVSS v4.0, 3: one score",
  ),
  pypi(
    "what is exploited does not count in v3's base score",
    [claim("GHSA", "CVSS_V3", `${V3_HIGH}/E:U`)],
    "high by GHSA, 7.5",
    "first.org CVSS v3.1, 7.1",
  ),
  pypi(
    "v2 has no critical",
    [claim("NVD", "CVSS_V2", "AV:N/AC:L/Au:N/C:C/I:C/A:C")],
    "high by NVD, 10",
    "nvd.nist.gov vuln-metrics: v2 ratings",
  ),
  pypi(
    "v2 with parentheses",
    [claim("NVD", "CVSS_V2", `(${V2_HIGH})`)],
    "high by NVD, 7.5",
    "first.org CVSS v2 guide, 3.2.1",
  ),
  pypi(
    "v4 goes before v3 of the same source",
    [claim("GHSA", "CVSS_V3", V3_MEDIUM), claim("GHSA", "CVSS_V4", V4_CRITICAL)],
    "critical by GHSA, 9.3",
  ),
  pypi(
    "moderate is medium",
    [word("GHSA", "MODERATE")],
    "medium by GHSA",
    "docs.github.com: GitHub Advisory Database, severity",
  ),
  pypi(
    "the word goes before the vector",
    [claim("GHSA", "CVSS_V3", V3_HIGH), word("GHSA", "CRITICAL")],
    "critical by GHSA, 7.5",
  ),
  pypi(
    "of two vectors the word's is told",
    [claim("GHSA", "CVSS_V3", V3_MEDIUM), claim("GHSA", "CVSS_V4", V4_CRITICAL), word("GHSA", "MODERATE")],
    "medium by GHSA, 5.4",
  ),
  pypi(
    "a broken vector says nothing",
    [claim("GHSA", "CVSS_V3", "CVSS:3.1/AV:N/AC:L"), claim("NVD", "CVSS_V3", V3_HIGH)],
    "high by NVD, 7.5",
    "first.org CVSS v3.1, 6: mandatory metrics",
  ),
  pypi(
    "a vector of an unknown version says nothing",
    [claim("GHSA", "CVSS_V3", V3_HIGH.replace("3.1", "5.0"))],
    "unknown by nobody",
    "first.org CVSS v3.1, 6",
  ),
  pypi(
    "without impact it is negligible",
    [claim("GHSA", "CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N")],
    "negligible by GHSA, 0",
    "first.org CVSS v3.1, 5: None",
  ),
  pypi("nobody says anything", [], "unknown by nobody"),
  pypi(
    "GHSA goes before NVD",
    [claim("NVD", "CVSS_V3", V3_MEDIUM), claim("GHSA", "CVSS_V3", V3_HIGH)],
    "high by GHSA, 7.5",
  ),
  pypi(
    "untriaged says nothing",
    [word("Ubuntu", "untriaged"), word("GHSA", "LOW")],
    "low by GHSA",
    "ubuntu.com/security/cves/about: priorities",
  ),
  {
    ...pypi("what is said of the package goes before what is said of the record", [], "low by GHSA"),
    feeds: {
      "osv-pypi": [
        osv(
          "PyPI",
          "a",
          "GHSA-1",
          { ranges: [">=0"], severities: [word("GHSA", "LOW")] },
          { aliases: [CVE], severities: [word("PYSEC", "HIGH")] },
        ),
      ],
    },
  },
  {
    ...pypi("the record's own goes before another feed's", [], "low by PYSEC"),
    feeds: {
      "osv-pypi": [
        osv("PyPI", "a", "PYSEC-1", { ranges: [">=0"] }, { aliases: [CVE], severities: [word("PYSEC", "LOW")] }),
      ],
      "osv-npm": [elsewhere("GHSA-2", [claim("GHSA", "CVSS_V3", V3_CRITICAL)])],
    },
    // The vector that another has is told beside the word.
    rating: "low by PYSEC, 9.8",
  },
  {
    ...pypi("the CVE of another feed, where the record says nothing", [], "critical by GHSA, 9.8"),
    feeds: {
      "osv-pypi": [osv("PyPI", "a", "PYSEC-1", { ranges: [">=0"] }, { aliases: [CVE] })],
      "osv-npm": [
        elsewhere("X-2", [claim("X", "CVSS_V3", V3_MEDIUM)]),
        elsewhere("GHSA-2", [claim("GHSA", "CVSS_V3", V3_CRITICAL)]),
      ],
    },
  },
  debian("not yet assigned is none", "not yet assigned", [], "unknown by nobody"),
  debian("an old urgency, where nothing else is known", "medium**", [], "medium by Debian"),
  debian(
    "a score goes before an old urgency",
    "low",
    [elsewhere("GHSA-2", [claim("GHSA", "CVSS_V3", V3_CRITICAL)])],
    "critical by GHSA, 9.8",
  ),
  debian(
    "unimportant hides no score",
    "unimportant",
    [elsewhere("GHSA-2", [claim("GHSA", "CVSS_V3", V3_HIGH)])],
    "high by GHSA, 7.5",
  ),
  debian("unimportant, where nothing else is known", "unimportant", [], "negligible by Debian"),
  debian("end of life is no severity", "not yet assigned**", [], "unknown by nobody"),
];
