import type { FeedId, FeedState } from "./feed.ts";

/** Feeds as people call them. */
export const FEED_NAMES: Readonly<Record<FeedId, string>> = {
  "debian-tracker": "Debian's security tracker",
  "debian-archive": "Debian's archive",
  "debian-support": "debian-security-support",
  "osv-pypi": "OSV PyPI",
  "osv-npm": "OSV npm",
  "osv-go": "OSV Go",
  "osv-crates": "OSV crates.io",
  "osv-maven": "OSV Maven",
  "osv-rubygems": "OSV RubyGems",
  "osv-alpine": "OSV Alpine",
  "osv-ubuntu": "OSV Ubuntu",
  "alpine-secdb": "Alpine's secdb",
  "nodejs-core": "Node.js",
  kev: "CISA KEV",
  epss: "EPSS",
};

/** The day that data is of: its own date where it carries one, else when it was last seen to be up to date. */
export function feedDay({ dated, checkedAt }: Pick<FeedState, "dated" | "checkedAt">): string {
  const own = /^\d{4}-\d\d-\d\d/.exec(dated ?? "")?.[0];
  return own ?? dayOf(checkedAt);
}

/** `2026-11-20`, in UTC; "an unknown day" for what is no time. */
export function dayOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "an unknown day" : date.toISOString().slice(0, 10);
}
