import { DistillError } from "../../lib/errors.ts";
import type { Database } from "../../lib/sqlite.ts";
import { Turns } from "../../lib/turns.ts";
import type { AdvisoryRecord } from "../advisory.ts";
import type { FeedId } from "../feed.ts";
import type { FeedItem } from "../feeds/item.ts";
import { createIndex, createTables, dropTables, factKeys, tablesOf } from "./schema.ts";

/** More than any feed has had: npm's had some 250,000 records in 2026, Ubuntu's some 3 million entries. */
const MAX_RECORDS = 5_000_000;
const MAX_ROWS = 50_000_000;

/** Characters of a name, an id or a key. */
const MAX_NAME = 1024;

const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** What came of reading a feed. */
export interface Loaded {
  readonly records: number;
  /** The date that the feed carries; else when its newest record was changed, which is the most that is known. */
  readonly dated: string | undefined;
}

/**
 * Puts all that a feed says in place of what it said before; to be called inside a transaction. LIMIT_EXCEEDED for a feed
 * that is larger than any; what `items` throws is thrown as it is.
 */
export async function loadFeed(
  database: Database,
  feed: FeedId,
  items: AsyncIterable<readonly FeedItem[]>,
  signal: AbortSignal | undefined,
): Promise<Loaded> {
  database.execute(dropTables(feed));
  database.run("DELETE FROM ecosystems WHERE feed = ?", feed);
  database.execute(createTables(feed));
  const load = new Load(database, feed);
  const turns = new Turns(signal);
  for await (const batch of items) {
    load.add(batch);
    if (turns.due) await turns.give();
  }
  return load.end();
}

class Load {
  readonly #database: Database;
  readonly #feed: FeedId;
  readonly #statements: {
    readonly record: string;
    readonly entry: string;
    readonly name: string;
    readonly fact: string;
  };
  readonly #ecosystems = new Map<string, number>();
  #records = 0;
  #entries = 0;
  #names = 0;
  #facts = 0;
  #dated: string | undefined;
  #newest = "";
  /** Records from the future say nothing of the age of the feed. */
  readonly #now = new Date().toISOString();

  constructor(database: Database, feed: FeedId) {
    this.#database = database;
    this.#feed = feed;
    const { records, entries, names, facts } = tablesOf(feed);
    this.#statements = {
      record: `INSERT INTO ${records} (id, body) VALUES (?, ?)`,
      entry: `INSERT INTO ${entries} (id, ecosystem, name, record, rule) VALUES (?, ?, ?, ?, ?)`,
      name: `INSERT OR IGNORE INTO ${names} (name, record) VALUES (?, ?)`,
      fact: `INSERT OR REPLACE INTO ${facts} (key, body) VALUES (?, ?)`,
    };
  }

  add(batch: readonly FeedItem[]): void {
    // Entries of one record stand together, and share it.
    const numbers = new Map<AdvisoryRecord, number>();
    for (const item of batch) {
      switch (item.kind) {
        case "entry": {
          const number = numbers.get(item.record) ?? this.#addRecord(item.record);
          numbers.set(item.record, number);
          this.#addEntry(item.ecosystem, item.name, number, JSON.stringify(item.rule));
          break;
        }
        case "ecosystem":
          this.#ecosystem(item.ecosystem);
          break;
        case "exploited":
          this.#addFact(factKeys.exploited(item.cve), item.exploited);
          break;
        case "likelihood":
          this.#addFact(factKeys.likelihood(item.cve), item.likelihood);
          break;
        case "support":
          this.#addFact(factKeys.support(item.release, item.source), item.note ?? null);
          break;
        case "dated":
          this.#dated = named(item.date);
          break;
      }
    }
  }

  end(): Loaded {
    const { names, facts } = tablesOf(this.#feed);
    this.#database.execute(createIndex(this.#feed));
    // A reader need not look where there is nothing.
    if (this.#names === 0) this.#database.execute(`DROP TABLE ${names}`);
    if (this.#facts === 0) this.#database.execute(`DROP TABLE ${facts}`);
    return { records: this.#records + this.#facts, dated: this.#dated ?? (this.#newest || undefined) };
  }

  #addRecord(record: AdvisoryRecord): number {
    const number = ++this.#records;
    if (number > MAX_RECORDS) throw excessive(this.#feed, `${MAX_RECORDS} records`);
    named(record.id);
    this.#note(record.modified);
    this.#database.run(this.#statements.record, number, JSON.stringify(record));
    if (record.severities.length > 0 && record.withdrawn === undefined) {
      for (const name of [record.id, ...record.aliases]) {
        this.#names++;
        this.#database.run(this.#statements.name, named(name), number);
      }
      if (this.#names > MAX_ROWS) throw excessive(this.#feed, `${MAX_ROWS} names`);
    }
    return number;
  }

  /** Times of one form sort as texts. */
  #note(modified: string | undefined): void {
    if (modified === undefined || modified <= this.#newest || modified > this.#now) return;
    if (RFC3339_UTC.test(modified)) this.#newest = modified;
  }

  #addEntry(ecosystem: string, name: string, record: number, rule: string): void {
    const number = ++this.#entries;
    if (number > MAX_ROWS) throw excessive(this.#feed, `${MAX_ROWS} entries`);
    this.#database.run(this.#statements.entry, number, this.#ecosystem(ecosystem), named(name), record, rule);
  }

  #addFact(key: string, body: object | null): void {
    this.#facts++;
    if (this.#facts > MAX_RECORDS) throw excessive(this.#feed, `${MAX_RECORDS} records`);
    this.#database.run(this.#statements.fact, named(key), JSON.stringify(body));
  }

  #ecosystem(name: string): number {
    const known = this.#ecosystems.get(name);
    if (known !== undefined) return known;
    const number = this.#ecosystems.size;
    if (number >= MAX_NAME) throw excessive(this.#feed, `${MAX_NAME} ecosystems`);
    this.#ecosystems.set(name, number);
    const sql = "INSERT INTO ecosystems (feed, name, number) VALUES (?, ?, ?)";
    this.#database.run(sql, this.#feed, named(name), number);
    return number;
  }
}

function named(text: string): string {
  if (text.length <= MAX_NAME) return text;
  throw new DistillError("LIMIT_EXCEEDED", `a name of more than ${MAX_NAME} characters: ${text.slice(0, 60)}...`);
}

function excessive(feed: FeedId, what: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `${feed} has more than ${what}`);
}
