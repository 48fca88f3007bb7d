import type { AdvisoryRecord } from "../../../src/advisories/advisory.ts";
import type { FeedItem } from "../../../src/advisories/feeds/item.ts";
import { installed, type MatchingRow, osv } from "../../support/matching.ts";

const ALIASES = "osv-schema docs/schema.md: aliases are symmetric and transitive";
const RELATED = "osv-schema docs/schema.md: related is not the same flaw";

const record = (
  id: string,
  aliases: readonly string[],
  range: string,
  more: Partial<AdvisoryRecord> = {},
  versions?: readonly string[],
): FeedItem =>
  osv("PyPI", "jinja2", id, versions === undefined ? { ranges: [range] } : { versions }, { aliases, ...more });

function row(rule: string, source: string, items: readonly FeedItem[], matches: MatchingRow["matches"]): MatchingRow {
  const feeds = { "osv-pypi": items };
  return { rule, source, installed: installed("pypi", "Jinja2", "3.1.2"), feeds, level: "full", matches };
}

const GHSA = "GHSA-h5c8-rqwp-cp95";
const CVE = "CVE-2024-22195";

export const MERGE_ROWS: readonly MatchingRow[] = [
  {
    ...row(
      "two records that name the same CVE are one match",
      ALIASES,
      [record(GHSA, [CVE], ">=0 <3.1.3"), record("PYSEC-2024-1", [CVE], ">=0 <3.1.3")],
      { [CVE]: "yes, fixed in 3.1.3" },
    ),
    aliases: [GHSA, "PYSEC-2024-1"],
  },
  {
    ...row(
      "by way of a third",
      ALIASES,
      [
        record("PYSEC-2024-1", [CVE], ">=0 <3.1.3"),
        record("X-1", [GHSA], ">=0 <3.1.3"),
        record("Y-1", [CVE, GHSA], ">=0 <3.1.3"),
      ],
      { [CVE]: "yes, fixed in 3.1.3" },
    ),
    aliases: [GHSA, "PYSEC-2024-1", "X-1", "Y-1"],
  },
  row(
    "an alias that has no record of its own joins, too",
    ALIASES,
    [record("A-1", ["Z-1"], ">=0 <4"), record("B-1", ["Z-1"], ">=0 <4")],
    { "A-1": "yes, fixed in 4" },
  ),
  row(
    "records without a common name are two",
    RELATED,
    [record("GHSA-1111-1111-1111", [], ">=0 <4"), record("GHSA-2222-2222-2222", [], ">=0 <4")],
    { "GHSA-1111-1111-1111": "yes, fixed in 4", "GHSA-2222-2222-2222": "yes, fixed in 4" },
  ),
  row(
    "without a CVE the GHSA is its name",
    "osv-schema: id; GitHub Advisory Database",
    [record("PYSEC-2024-1", [GHSA], ">=0 <4")],
    { [GHSA]: "yes, fixed in 4" },
  ),
  {
    ...row(
      "of two CVEs the older is its name",
      "cve.org: ids by year and number",
      [record(GHSA, ["CVE-2024-10000", "CVE-2024-9999"], ">=0 <4")],
      { "CVE-2024-9999": "yes, fixed in 4" },
    ),
    aliases: ["CVE-2024-10000", GHSA],
  },
  row(
    "records disagree: yes wins",
    "grype#1373, trivy#1733: lists of versions end where they were written",
    [record(GHSA, [CVE], ">=0 <3.1.3"), record("PYSEC-2024-1", [CVE], "", {}, ["3.1.0", "3.1.1"])],
    { [CVE]: "yes, fixed in 3.1.3" },
  ),
  row(
    "one cannot tell, another says yes",
    "osv-schema: Evaluation",
    [record(GHSA, [CVE], ">=0 <3.1.3_NA"), record("PYSEC-2024-1", [CVE], ">=0 <3.1.3")],
    { [CVE]: "yes, fixed in 3.1.3" },
  ),
  row(
    "one cannot tell, another says no",
    "osv-schema: Evaluation",
    [record(GHSA, [CVE], ">=0 <3.1.3_NA"), record("PYSEC-2024-1", [CVE], ">=0 <3.0")],
    { [CVE]: "unknown" },
  ),
  row(
    "all say no",
    "osv-schema: Evaluation",
    [record(GHSA, [CVE], ">=0 <3.1.1"), record("PYSEC-2024-1", [CVE], ">=0 <3.0")],
    { [CVE]: "no" },
  ),
  row(
    "the fix is the first that no record calls affected",
    "osv-schema: Evaluation of each record",
    [record(GHSA, [CVE], ">=0 <3.1.3"), record("PYSEC-2024-1", [CVE], ">=0 <3.1.4")],
    { [CVE]: "yes, fixed in 3.1.4" },
  ),
  row(
    "a record without a fix does not hide another's",
    "trivy FixedVersion; grype fix versions",
    [record(GHSA, [CVE], ">=0 <3.1.3"), record("PYSEC-2024-1", [CVE], ">=0")],
    { [CVE]: "yes, fixed in 3.1.3" },
  ),
  row(
    "fixes are compared as versions, not as texts",
    "PEP 440",
    [record(GHSA, [CVE], ">=0 <3.1.10"), record("PYSEC-2024-1", [CVE], ">=0 <3.1.9")],
    { [CVE]: "yes, fixed in 3.1.10" },
  ),
  row(
    "the withdrawn one of two does not count",
    "osv-schema: withdrawn",
    [record(GHSA, [CVE], ">=0 <4", { withdrawn: "2024-01-01T00:00:00Z" }), record("PYSEC-2024-1", [CVE], ">=0 <3.0")],
    { [CVE]: "no" },
  ),
];
