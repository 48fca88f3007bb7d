import { join } from "node:path";
import { FEEDS, type FeedId, type Level } from "../feed.ts";

const OSV = "https://osv-vulnerabilities.storage.googleapis.com";
const SECDB = "https://secdb.alpinelinux.org";

/** The newest Alpine that is asked for; one that is not there yet is no failure. */
const NEWEST_ALPINE = 24;
const OLDEST_ALPINE = 10;

function alpineReleases(): readonly string[] {
  const minors = Array.from({ length: NEWEST_ALPINE - OLDEST_ALPINE + 1 }, (_, index) => OLDEST_ALPINE + index);
  return [...minors.map((minor) => `v3.${minor}`), "edge"];
}

/** Where each feed lies as a whole; those that are not here lie elsewhere, in other forms. */
const ADDRESSES: Readonly<Partial<Record<FeedId, readonly string[]>>> = {
  "debian-tracker": ["https://security-tracker.debian.org/tracker/data/json"],
  "osv-pypi": [`${OSV}/PyPI/all.zip`],
  "osv-npm": [`${OSV}/npm/all.zip`],
  "osv-go": [`${OSV}/Go/all.zip`],
  "osv-crates": [`${OSV}/crates.io/all.zip`],
  "osv-maven": [`${OSV}/Maven/all.zip`],
  "osv-rubygems": [`${OSV}/RubyGems/all.zip`],
  "osv-alpine": [`${OSV}/Alpine/all.zip`],
  "osv-ubuntu": [`${OSV}/Ubuntu/all.zip`],
  "alpine-secdb": alpineReleases().flatMap((release) =>
    ["main", "community"].map((repository) => `${SECDB}/${release}/${repository}.json`),
  ),
  "nodejs-core": ["https://raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json"],
  kev: ["https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"],
  epss: ["https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"],
};

/** What the answers of a feed are worth; null for one that says nothing of versions. OSV's Alpine is made from secdb. */
export const LEVEL_OF_FEED: Readonly<Record<FeedId, Level | null>> = {
  "debian-tracker": "full",
  "debian-archive": "fixes-only",
  "debian-support": null,
  "osv-pypi": "full",
  "osv-npm": "full",
  "osv-go": "full",
  "osv-crates": "full",
  "osv-maven": "full",
  "osv-rubygems": "full",
  "osv-alpine": "fixes-only",
  "osv-ubuntu": "full",
  "alpine-secdb": "fixes-only",
  "nodejs-core": "full",
  kev: null,
  epss: null,
};

/** Of which some may be missing: releases that are not out yet. */
const SOME_MISSING: ReadonlySet<FeedId> = new Set(["alpine-secdb"]);

/** Feeds that are taken whole; Debian's archive is asked about single packages. */
export const WHOLE_FEEDS: readonly FeedId[] = FEEDS.filter((feed) => feed !== "debian-archive");

/** Where a feed lies. */
export interface FeedPlaces {
  /** Addresses, files and directories; all of them together are the feed. */
  readonly places: readonly string[];
  readonly someMayBeMissing: boolean;
}

/**
 * Where the feed is by default: on its publisher's server, or in a mirror, which has each file at BASE/HOST/PATH; BASE is
 * an address or a directory. Undefined for one that lies in no files of its own.
 */
export function defaultPlaces(feed: FeedId, mirror: string | undefined): FeedPlaces | undefined {
  const addresses = ADDRESSES[feed];
  if (addresses === undefined) return undefined;
  const places = mirror === undefined ? addresses : addresses.map((address) => inMirror(mirror, address));
  return { places, someMayBeMissing: SOME_MISSING.has(feed) };
}

/** True for an address, false for a path. */
export function isAddress(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

function inMirror(base: string, address: string): string {
  const { host, pathname } = new URL(address);
  if (!isAddress(base)) return join(base, host, pathname);
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${host}${pathname}`;
  return url.href;
}
