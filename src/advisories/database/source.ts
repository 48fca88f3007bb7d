import { existsSync } from "node:fs";
import { isDistillError } from "../../lib/errors.ts";
import { Database } from "../../lib/sqlite.ts";
import type {
  AdvisoryEntry,
  AdvisoryRecord,
  AdvisoryRule,
  AdvisorySource,
  ExploitLikelihood,
  KnownExploited,
  SeverityClaim,
  SupportNote,
} from "../advisory.ts";
import type { FeedId, FeedState } from "../feed.ts";
import { supportNames } from "../support-names.ts";
import { APPLICATION, factKeys, feedOf, SCHEMA_VERSION, tablesOf } from "./schema.ts";
import { hasData, readFeeds, type StoredFeed, stateOf } from "./state.ts";

export const DAMAGED = "distill advisories update --force makes it anew";

/**
 * The database at this path, to be read: one state of it, whatever is written meanwhile. Where there is none, or one of
 * another version or a damaged one, which `warn` is told, the source has no data. STORE_CORRUPT where damage shows later.
 */
export function openAdvisories(path: string, warn: (text: string) => void = () => {}): AdvisorySource & Disposable {
  return openStored(path, warn, (database) => new StoredAdvisories(database)) ?? new NoAdvisories();
}

/** What the database at this path knows of each feed, those included that there is no data of; as openAdvisories. */
export function readFeedStates(path: string, warn: (text: string) => void = () => {}): readonly StoredFeed[] {
  const open = (database: Database): readonly StoredFeed[] => {
    const feeds = readFeeds(database);
    database.close();
    return feeds;
  };
  return openStored(path, warn, open) ?? [];
}

function openStored<T>(path: string, warn: (text: string) => void, open: (database: Database) => T): T | undefined {
  if (!existsSync(path)) return undefined;
  let database: Database | undefined;
  try {
    database = new Database(path, { damaged: DAMAGED, readOnly: true });
    if (isOurs(database)) return open(database);
    warn(`the advisory data in ${path} was written by another version of distill, and is not used`);
    database.close();
  } catch (error) {
    database?.close();
    if (!isDistillError(error, "STORE_CORRUPT")) throw error;
    warn(`${error.message}; there is no advisory data until it is made anew`);
  }
  return undefined;
}

/** True for a database of this version. */
export function isOurs(database: Database): boolean {
  const [application] = database.all<{ application_id: number }>("PRAGMA application_id");
  const [version] = database.all<{ user_version: number }>("PRAGMA user_version");
  return application?.application_id === APPLICATION && version?.user_version === SCHEMA_VERSION;
}

interface EntryRow {
  readonly record: number;
  readonly rule: string;
  readonly body: string;
}

class StoredAdvisories implements AdvisorySource, Disposable {
  readonly #database: Database;
  readonly #feeds: readonly FeedState[];
  /** Number of an ecosystem by feed and name. */
  readonly #numbers = new Map<FeedId, Map<string, number>>();
  /** One statement over all feeds: a scan asks for every CVE that it finds. Empty where no feed has any. */
  readonly #severities: string;
  readonly #facts: string;

  constructor(database: Database) {
    this.#database = database;
    // What is read from here on is one state.
    database.execute("BEGIN");
    this.#feeds = readFeeds(database).filter(hasData).map(stateOf);
    for (const { feed } of this.#feeds) this.#numbers.set(feed, new Map());
    const rows = database.all<{ feed: string; name: string; number: number }>("SELECT * FROM ecosystems");
    for (const row of rows) {
      const feed = feedOf(row.feed);
      if (feed !== undefined) this.#numbers.get(feed)?.set(row.name, row.number);
    }
    const tables = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    const present = new Set(tables.map(({ name }) => name));
    const having = (kind: "names" | "facts") =>
      this.#feeds.map(({ feed }) => tablesOf(feed)).filter((feedTables) => present.has(feedTables[kind]));
    this.#severities = having("names")
      .map(({ names, records }) => `SELECT body FROM ${names} CROSS JOIN ${records} ON id = record WHERE name = ?1`)
      .join(" UNION ALL ");
    this.#facts = having("facts")
      .map(({ facts }) => `SELECT body FROM ${facts} WHERE key = ?1`)
      .join(" UNION ALL ");
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  feeds(): readonly FeedState[] {
    return this.#feeds;
  }

  ecosystems(feed: FeedId): ReadonlySet<string> {
    return new Set(this.#numbers.get(feed)?.keys());
  }

  about(ecosystem: string, name: string): readonly AdvisoryEntry[] {
    return this.#feeds.flatMap(({ feed }) => {
      const number = this.#numbers.get(feed)?.get(ecosystem);
      return number === undefined ? [] : this.#entries(feed, number, name);
    });
  }

  severitiesOf(cve: string): readonly SeverityClaim[] {
    if (this.#severities === "") return [];
    const rows = this.#database.all<{ body: string }>(this.#severities, cve);
    return rows.flatMap(({ body }) => (JSON.parse(body) as AdvisoryRecord).severities);
  }

  exploited(cve: string): KnownExploited | undefined {
    return this.#fact(factKeys.exploited(cve));
  }

  likelihood(cve: string): ExploitLikelihood | undefined {
    return this.#fact(factKeys.likelihood(cve));
  }

  support(release: string, source: string): SupportNote | undefined {
    for (const name of supportNames(source)) {
      const said = this.#fact<SupportNote | null>(factKeys.support(release, name));
      if (said !== undefined) return said ?? undefined;
    }
    return undefined;
  }

  #entries(feed: FeedId, ecosystem: number, name: string): readonly AdvisoryEntry[] {
    const { entries, records } = tablesOf(feed);
    const rows = this.#database.all<EntryRow>(
      `SELECT record, rule, body FROM ${entries} AS e CROSS JOIN ${records} AS r ON r.id = e.record
       WHERE ecosystem = ? AND name = ? ORDER BY e.id`,
      ecosystem,
      name,
    );
    const parsed = new Map<number, AdvisoryRecord>();
    return rows.map(({ record: number, rule, body }) => {
      const record = parsed.get(number) ?? (JSON.parse(body) as AdvisoryRecord);
      parsed.set(number, record);
      return { feed, record, rule: JSON.parse(rule) as AdvisoryRule };
    });
  }

  #fact<T>(key: string): T | undefined {
    if (this.#facts === "") return undefined;
    const row = this.#database.get<{ body: string }>(this.#facts, key);
    return row === undefined ? undefined : (JSON.parse(row.body) as T);
  }
}

class NoAdvisories implements AdvisorySource, Disposable {
  feeds(): readonly FeedState[] {
    return [];
  }
  ecosystems(): ReadonlySet<string> {
    return new Set();
  }
  about(): readonly AdvisoryEntry[] {
    return [];
  }
  severitiesOf(): readonly SeverityClaim[] {
    return [];
  }
  exploited(): undefined {
    return undefined;
  }
  likelihood(): undefined {
    return undefined;
  }
  support(): undefined {
    return undefined;
  }
  [Symbol.dispose](): void {}
}
