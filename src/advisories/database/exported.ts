import type { Database } from "../../lib/sqlite.ts";
import { FEEDS, type FeedState } from "../feed.ts";
import { tablesOf } from "./schema.ts";
import { hasData, readFeeds } from "./state.ts";

/** Of the file: the first line says it, and another version is refused. */
export const FORMAT = "distill-advisories";
export const FORMAT_VERSION = 1;

/** Rows that are held at a time. */
const PAGE = 1000;

/**
 * One line of the file is one of these, as JSON. Behind the first line come the feeds, in the order of FEEDS: each begins
 * with its state, has its ecosystems, records and facts in the order in which they were read, and ends with their number.
 */
export type ExportedLine =
  | { readonly format: string; readonly version: number }
  | { readonly feed: Omit<FeedState, "failure" | "records"> }
  | { readonly ecosystem: string }
  /** `about`: ecosystem, name and rule of each entry. */
  | { readonly record: unknown; readonly about: readonly (readonly [string, string, unknown])[] }
  | { readonly fact: string; readonly body: unknown }
  | { readonly endOfFeed: string; readonly entries: number; readonly facts: number }
  | { readonly end: string; readonly feeds: number };

/** All that the database holds, as it is exported; the same data gives the same lines. */
export function* exportedLines(database: Database): Generator<ExportedLine> {
  const states = new Map(readFeeds(database).map((state) => [state.feed, state]));
  const feeds = FEEDS.flatMap((feed) => states.get(feed) ?? []).filter(hasData);
  yield { format: FORMAT, version: FORMAT_VERSION };
  for (const { feed, place, checkedAt, dated, digest } of feeds) {
    yield { feed: { feed, place, checkedAt, dated, digest } };
    yield* contentOf(database, feed);
  }
  yield { end: FORMAT, feeds: feeds.length };
}

function* contentOf(database: Database, feed: FeedState["feed"]): Generator<ExportedLine> {
  const sql = "SELECT name, number FROM ecosystems WHERE feed = ? ORDER BY number";
  const ecosystems = database.all<{ name: string; number: number }>(sql, feed);
  for (const { name } of ecosystems) yield { ecosystem: name };
  const names = new Map(ecosystems.map(({ name, number }) => [number, name]));
  let [entries, facts] = [0, 0];
  let last:
    | { readonly number: number; readonly record: unknown; readonly about: [string, string, unknown][] }
    | undefined;
  for (const row of entriesOf(database, feed)) {
    entries++;
    if (last?.number !== row.record) {
      if (last !== undefined) yield { record: last.record, about: last.about };
      last = { number: row.record, record: JSON.parse(row.body), about: [] };
    }
    last.about.push([names.get(row.ecosystem) ?? "", row.name, JSON.parse(row.rule)]);
  }
  if (last !== undefined) yield { record: last.record, about: last.about };
  for (const { key, body } of factsOf(database, feed)) {
    facts++;
    yield { fact: key, body: JSON.parse(body) };
  }
  yield { endOfFeed: feed, entries, facts };
}

interface EntryRow {
  readonly id: number;
  readonly ecosystem: number;
  readonly name: string;
  readonly record: number;
  readonly rule: string;
  readonly body: string;
}

function* entriesOf(database: Database, feed: FeedState["feed"]): Generator<EntryRow> {
  const { entries, records } = tablesOf(feed);
  const sql = `SELECT e.id, ecosystem, name, record, rule, body FROM ${entries} AS e CROSS JOIN ${records} AS r ON r.id = e.record
    WHERE e.id > ? ORDER BY e.id LIMIT ${PAGE}`;
  for (let page = database.all<EntryRow>(sql, 0); page.length > 0; ) {
    yield* page;
    page = database.all<EntryRow>(sql, page.at(-1)?.id ?? 0);
  }
}

function* factsOf(database: Database, feed: FeedState["feed"]): Generator<{ key: string; body: string }> {
  const { facts } = tablesOf(feed);
  const has = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  if (database.get(has, facts) === undefined) return;
  const sql = `SELECT key, body FROM ${facts} WHERE key > ? ORDER BY key LIMIT ${PAGE}`;
  for (let page = database.all<{ key: string; body: string }>(sql, ""); page.length > 0; ) {
    yield* page;
    page = database.all<{ key: string; body: string }>(sql, page.at(-1)?.key ?? "");
  }
}
