import { covers, installed, type MatchingRow, osv } from "../../support/matching.ts";

const SEMVER = "semver.org 2.0.0, 11";
const ID = "GHSA-aaaa-bbbb-cccc";

function row(rule: string, version: string, range: string, match: string, source = SEMVER): MatchingRow {
  return {
    ...{ rule, source, installed: installed("npm", "@a/b", version), level: "full", matches: { [ID]: match } },
    feeds: { "osv-npm": [osv("npm", "@a/b", ID, { ranges: [range] })] },
  };
}

const below = (version: string, fixed: string, match: "yes" | "no"): MatchingRow =>
  row(`${version} against ${fixed}`, version, `>=0 <${fixed}`, match === "yes" ? `yes, fixed in ${fixed}` : "no");

export const NPM_ROWS: readonly MatchingRow[] = [
  below("1.0.0-alpha", "1.0.0", "yes"),
  below("1.0.0-alpha", "1.0.0-alpha.1", "yes"),
  below("1.0.0-alpha.1", "1.0.0-alpha.beta", "yes"),
  below("1.0.0-beta.2", "1.0.0-beta.11", "yes"),
  below("1.0.0-rc.1", "1.0.0-beta.11", "no"),
  below("1.10.0", "1.9.0", "no"),
  below("2.0.0-0", "2.0.0", "yes"),
  row("build metadata does not count", "1.0.0+build.5", ">=0 <1.0.0", "no", "semver.org 2.0.0, 10"),
  row("build metadata does not count", "1.0.0+build.5", ">=0 <=1.0.0", "yes, not-fixed", "semver.org 2.0.0, 10"),
  row("a v in front is none of it", "v1.0.0", ">=0 <2.0.0", "yes, fixed in 2.0.0", "semver.org FAQ: v1.2.3"),
  row("a malicious release: all versions", "1.0.0", ">=0", "yes, not-fixed", "ossf/malicious-packages: introduced 0"),
  {
    ...row("names differ by case", "1.0.0", ">=0", ""),
    installed: installed("npm", "JSONStream", "1.0.0"),
    feeds: { "osv-npm": [osv("npm", "jsonstream", ID, { ranges: [">=0"] })] },
    source: "docs.npmjs.com package.json: name; old packages have capitals",
    matches: {},
  },
  {
    ...row("a package of the same name in another ecosystem", "1.0.0", ">=0", ""),
    installed: installed("npm", "requests", "1.0.0"),
    feeds: { "osv-npm": [covers("npm"), osv("PyPI", "requests", ID, { ranges: [">=0"] })] },
    source: "osv-schema: affected.package.ecosystem",
    matches: {},
  },
];
