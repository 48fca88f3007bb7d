import type { FeedItem } from "../../../src/advisories/feeds/item.ts";
import { covers, installed, type MatchingRow, osv } from "../../support/matching.ts";

const FORMAT = "github.com/canonical/ubuntu-security-notices: OSV records";
const ESM = "ubuntu.com/security/esm; grype matcher/dpkg: ESM is matched apart";
const JAMMY = "Ubuntu:22.04:LTS";
const PRO = "Ubuntu:Pro:22.04:LTS";
const ID = "CVE-2024-2000";

const zlib = (version: string, system = "ubuntu-22.04") =>
  installed("deb", "zlib1g", version, { system, source: { name: "zlib", version: "" } });

const entry = (ecosystem: string, range: string, id = `UBUNTU-${ID}`, cves: readonly string[] = [ID]): FeedItem =>
  osv(ecosystem, "zlib", id, { ranges: [range] }, { aliases: cves });

function row(
  rule: string,
  source: string,
  pkg: MatchingRow["installed"],
  items: readonly FeedItem[],
  match: string | undefined,
  because?: RegExp,
): MatchingRow {
  return {
    ...{ rule, source, installed: pkg, level: "full" },
    feeds: { "osv-ubuntu": [covers(JAMMY), ...items] },
    matches: match === undefined ? {} : { [ID]: match },
    ...(because === undefined ? {} : { because }),
  };
}

export const UBUNTU_ROWS: readonly MatchingRow[] = [
  row(
    "fixed in a later version",
    FORMAT,
    zlib("1:1.2.11-1"),
    [entry(JAMMY, ">=0 <1:1.2.11-2ubuntu1")],
    "yes, fixed in 1:1.2.11-2ubuntu1",
  ),
  row("fixed here", FORMAT, zlib("1:1.2.11-2ubuntu1"), [entry(JAMMY, ">=0 <1:1.2.11-2ubuntu1")], "no"),
  row("no fix in this release", FORMAT, zlib("1:1.2.11-2ubuntu1"), [entry(JAMMY, ">=0")], "yes, not-fixed"),
  row(
    "an LTS release has LTS in its name",
    "osv-schema: Ubuntu ecosystems",
    zlib("1", "ubuntu-22.04"),
    [entry(JAMMY, ">=0 <2")],
    "yes, fixed in 2",
  ),
  {
    ...row(
      "other releases have not",
      "osv-schema: Ubuntu ecosystems",
      zlib("1", "ubuntu-24.10"),
      [entry("Ubuntu:24.10", ">=0 <2")],
      "yes, fixed in 2",
    ),
  },
  row(
    "another release's record is not about this one",
    FORMAT,
    zlib("1"),
    [entry("Ubuntu:24.04:LTS", ">=0 <2")],
    undefined,
  ),
  row(
    "a point release is the release",
    "os-release(5) of Ubuntu: VERSION_ID",
    zlib("1", "ubuntu-22.04.3"),
    [entry(JAMMY, ">=0 <2")],
    "yes, fixed in 2",
  ),
  row(
    "only Pro has a fix: affected, and no fix for others",
    ESM,
    zlib("1"),
    [entry(PRO, ">=0 <1ubuntu0.1~esm1")],
    "yes, not-fixed",
    /only Ubuntu Pro has/,
  ),
  row(
    "open here, fixed in Pro: not fixed, and Pro's is told",
    ESM,
    zlib("1"),
    [entry(JAMMY, ">=0"), entry(PRO, ">=0 <1ubuntu0.1~esm1")],
    "yes, not-fixed",
    /only Ubuntu Pro has a fix, 1ubuntu0\.1~esm1/,
  ),
  row(
    "a fix for all goes before Pro's",
    ESM,
    zlib("1"),
    [entry(JAMMY, ">=0 <3"), entry(PRO, ">=0 <1ubuntu0.1~esm1")],
    "yes, fixed in 3",
  ),
  row(
    "a later version of the release has not Pro's fix",
    ESM,
    zlib("1ubuntu0.2"),
    [entry(JAMMY, ">=0"), entry(PRO, ">=0 <1ubuntu0.1~esm1")],
    "yes, not-fixed",
  ),
  row(
    "what Pro built has Pro's fix",
    ESM,
    zlib("1ubuntu0.1~esm2"),
    [entry(JAMMY, ">=0"), entry(PRO, ">=0 <1ubuntu0.1~esm1")],
    "no",
    /Ubuntu Pro/,
  ),
  row(
    "an older build of Pro's has not",
    ESM,
    zlib("1ubuntu0.1~esm1"),
    [entry(JAMMY, ">=0"), entry(PRO, ">=0 <1ubuntu0.1~esm2")],
    "yes, not-fixed",
  ),
  {
    ...row(
      "a notice about two CVEs is two flaws",
      "osv-schema: upstream; USN records name several CVEs",
      zlib("1"),
      [],
      undefined,
    ),
    feeds: { "osv-ubuntu": [entry(JAMMY, ">=0 <2", "USN-1-1", [ID, "CVE-2024-2001"])] },
    matches: { [ID]: "yes, fixed in 2", "CVE-2024-2001": "yes, fixed in 2" },
  },
  {
    ...row("a notice and the record of its CVE are one flaw", "osv-schema: upstream", zlib("1"), [], undefined),
    feeds: { "osv-ubuntu": [entry(JAMMY, ">=0 <2", "USN-1-1", [ID, "CVE-2024-2001"]), entry(JAMMY, ">=0 <2")] },
    matches: { [ID]: "yes, fixed in 2", "CVE-2024-2001": "yes, fixed in 2" },
  },
];
