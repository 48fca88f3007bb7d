import { installed, type MatchingRow, node } from "../../support/matching.ts";

const INDEX = "nodejs/security-wg vuln/core: vulnerable and patched; nodejs/is-my-node-vulnerable";
const SCHEDULE = "nodejs/Release schedule.json";
const ID = "CVE-2024-4000";

function row(
  rule: string,
  version: string,
  vulnerable: string,
  patched: string,
  match: string,
  source = INDEX,
): MatchingRow {
  const feeds = { "nodejs-core": [node(ID, vulnerable, patched)] };
  return {
    rule,
    source,
    installed: installed("generic", "node", version),
    feeds,
    level: "full",
    matches: { [ID]: match },
  };
}

function ended(rule: string, version: string, vulnerable: string, patched: string, match: string): MatchingRow {
  return { ...row(rule, version, vulnerable, patched, match, SCHEDULE), level: "fixes-only", reason: /support ended/ };
}

export const NODE_ROWS: readonly MatchingRow[] = [
  row("vulnerable and not patched", "24.4.0", "22.x || 24.x", "^22.17.1 || ^24.4.1", "yes, fixed in 24.4.1"),
  row("patched", "24.4.1", "22.x || 24.x", "^22.17.1 || ^24.4.1", "no"),
  row("of several lines the next fix", "22.1.0", "22.x || 24.x", "^22.17.1 || ^24.4.1", "yes, fixed in 22.17.1"),
  row("no line of these", "26.1.0", "22.x || 24.x", "^22.17.1 || ^24.4.1", "no"),
  row("no fix for the line: the next line's", "22.17.1", "22.x", "^24.4.1", "yes, fixed in 24.4.1"),
  row("no fix at all", "24.4.0", "24.x", "", "yes, not-fixed"),
  row("spaces do not count", "24.4.0", " 24.x ", " ^24.4.1 ", "yes, fixed in 24.4.1"),
  row("one version", "24.5.0", "24.5.0", "^24.6.0", "yes, fixed in 24.6.0"),
  row(
    "a nightly build has the flaws of its line",
    "24.0.0-nightly20250101abcdef",
    "24.x",
    "^24.4.1",
    "yes, fixed in 24.4.1",
    "npm semver: includePrerelease",
  ),
  row("a range that nobody can read leaves it open", "24.4.0", "twenty-four", "^24.4.1", "unknown"),
  ended("a line without support: only fixes are known", "18.20.0", "18.x", "^18.20.4", "yes, fixed in 18.20.4"),
  ended("a line without support that the index does not name", "18.20.8", "20.x", "^20.20.2", "no"),
  ended(
    "a line of long ago",
    "8.16.0",
    "8.x || 10.x || 12.x",
    "^8.16.1 || ^10.16.3 || ^12.8.1",
    "yes, fixed in 8.16.1",
  ),
];
