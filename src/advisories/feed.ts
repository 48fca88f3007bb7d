/** Where advisory data comes from; `debian-archive` is asked about single packages, all others are taken whole. */
export const FEEDS = [
  "debian-tracker",
  "debian-archive",
  "debian-support",
  "osv-pypi",
  "osv-npm",
  "osv-go",
  "osv-crates",
  "osv-maven",
  "osv-rubygems",
  "osv-alpine",
  "osv-ubuntu",
  "alpine-secdb",
  "nodejs-core",
  "kev",
  "epss",
] as const;

export type FeedId = (typeof FEEDS)[number];

/**
 * How much an answer is worth. `full`: the feed says what is fixed and what is open; `fixes-only`: it can show a fix that
 * is missing, and never an open flaw; `none`: nobody could look.
 */
export type Level = "full" | "fixes-only" | "none";

/** What is known of a feed here. */
export interface FeedState {
  readonly feed: FeedId;
  /** Where it was taken from, without a password; an address or a path. */
  readonly place: string;
  /** When it was last seen to be up to date, in milliseconds since the epoch. Its age goes by this. */
  readonly checkedAt: number;
  /** The date that it carries itself, as RFC 3339, where it has one. */
  readonly dated: string | undefined;
  /** Records, those withdrawn included. */
  readonly records: number;
  /** SHA-256 of what was read, `sha256:...`; "" where it is not one file. */
  readonly digest: string;
  /** Why the last try to renew it failed; undefined where it did not. */
  readonly failure: string | undefined;
}
