import type { FeedId } from "../feed.ts";

const NAMES: Readonly<Record<FeedId, string>> = {
  "debian-tracker": "Debian's security tracker",
  "debian-archive": "Debian's archive",
  "debian-support": "debian-security-support",
  "osv-pypi": "OSV's PyPI records",
  "osv-npm": "OSV's npm records",
  "osv-go": "OSV's Go records",
  "osv-crates": "OSV's crates.io records",
  "osv-maven": "OSV's Maven records",
  "osv-rubygems": "OSV's RubyGems records",
  "osv-alpine": "OSV's Alpine records",
  "osv-ubuntu": "OSV's Ubuntu records",
  "alpine-secdb": "Alpine's secdb",
  "nodejs-core": "Node.js' own index",
  kev: "CISA's list of exploited vulnerabilities",
  epss: "EPSS",
};

/** A feed's name in a sentence. */
export function feedName(feed: FeedId): string {
  return NAMES[feed];
}
