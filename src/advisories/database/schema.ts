import { FEEDS, type FeedId } from "../feed.ts";

/**
 * Of the tables below and of what stands in them as JSON. A file with another one is set aside: all of it can be had
 * again.
 */
export const SCHEMA_VERSION = 1;

/** What the file is besides: SQLite's application_id, so that no other program's database is taken for this one. */
export const APPLICATION = 0x64697361;

/**
 * `places`: where the feed is to be taken from, a JSON list; null for its default. `seen`: what servers said of each
 * file that was read, as JSON, so that they can be asked whether it has changed. `checked_at` is 0 as long as there is
 * no data.
 */
export const COMMON_TABLES = `
CREATE TABLE feeds (
  feed TEXT PRIMARY KEY,
  place TEXT NOT NULL DEFAULT '',
  checked_at INTEGER NOT NULL DEFAULT 0,
  dated TEXT,
  records INTEGER NOT NULL DEFAULT 0,
  digest TEXT NOT NULL DEFAULT '',
  seen TEXT NOT NULL DEFAULT '{}',
  failure TEXT,
  failed_at INTEGER,
  places TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE ecosystems (
  feed TEXT NOT NULL,
  name TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (feed, name)
) STRICT, WITHOUT ROWID;
`;

/**
 * Each feed has tables of its own: they are dropped and made anew as one, without an index that tells whose a row is.
 * Keys of `facts`: see factKeys.
 */
export interface FeedTables {
  readonly records: string;
  readonly entries: string;
  readonly byName: string;
  readonly names: string;
  readonly facts: string;
}

export function tablesOf(feed: FeedId): FeedTables {
  const suffix = feed.replaceAll("-", "_");
  return {
    records: `records_${suffix}`,
    entries: `entries_${suffix}`,
    byName: `by_name_${suffix}`,
    names: `names_${suffix}`,
    facts: `facts_${suffix}`,
  };
}

export function dropTables(feed: FeedId): string {
  const { records, entries, names, facts } = tablesOf(feed);
  return [records, entries, names, facts].map((table) => `DROP TABLE IF EXISTS ${table};`).join("\n");
}

/** `names` lead from a CVE, or any other name, to records that say how bad it is. */
export function createTables(feed: FeedId): string {
  const { records, entries, names, facts } = tablesOf(feed);
  return `
CREATE TABLE ${records} (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE ${entries} (
  id INTEGER PRIMARY KEY,
  ecosystem INTEGER NOT NULL,
  name TEXT NOT NULL,
  record INTEGER NOT NULL,
  rule TEXT NOT NULL
) STRICT;
CREATE TABLE ${names} (name TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (name, record)) STRICT, WITHOUT ROWID;
CREATE TABLE ${facts} (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
}

export function createIndex(feed: FeedId): string {
  const { entries, byName } = tablesOf(feed);
  return `CREATE INDEX ${byName} ON ${entries} (ecosystem, name)`;
}

/** Keys of facts that are about no package's version. */
export const factKeys = {
  exploited: (cve: string) => `exploited ${cve}`,
  likelihood: (cve: string) => `likelihood ${cve}`,
  support: (release: string, source: string) => `support ${release} ${source}`,
};

/** The feed of that name, where this version has such a one. */
export function feedOf(text: string): FeedId | undefined {
  return FEEDS.find((feed) => feed === text);
}
