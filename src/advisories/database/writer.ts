import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfCancelled } from "../../lib/cancel.ts";
import { makeDirectories } from "../../lib/directories.ts";
import { fromSystemError, isDistillError } from "../../lib/errors.ts";
import { onceAmongProcesses } from "../../lib/once-among-processes.ts";
import { Database, isLocked } from "../../lib/sqlite.ts";
import type { FeedId } from "../feed.ts";
import type { FeedItem } from "../feeds/item.ts";
import { type Loaded, loadFeed } from "./load.ts";
import { APPLICATION, COMMON_TABLES, SCHEMA_VERSION } from "./schema.ts";
import { setAside } from "./set-aside.ts";
import { DAMAGED, isOurs } from "./source.ts";
import { readFeeds, type SeenFile, type StoredFeed } from "./state.ts";

/** Another process may load a large feed for so long; milliseconds. */
const PATIENCE = 600_000;

/** Milliseconds that nothing else of this process runs since another one holds the lock. */
const SHORT = 50;

/** What is to be remembered of a feed that was read. */
export interface RenewedFeed {
  readonly place: string;
  readonly checkedAt: number;
  readonly digest: string;
  readonly seen: Readonly<Record<string, SeenFile>>;
  /** The date that the feed has where it does not say so itself. */
  readonly dated?: string | undefined;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Looks at what was read before it counts; what it throws leaves all as it was. */
  readonly accept?: (loaded: Loaded) => void;
}

/**
 * The database, to be written. Each change is one transaction: readers have the state before until it is committed, and
 * so has whoever comes after a death in between. Changes of one process follow one another; those of others are waited
 * for. IO where that takes more than ten minutes.
 */
export class AdvisoryDatabase implements Disposable {
  readonly #database: Database;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Opens the file, making it where it is missing. A damaged one, and one of another version, is set aside first, which
   * `warn` is told.
   */
  static async open(
    path: string,
    options: {
      readonly warn?: (text: string) => void;
      readonly signal?: AbortSignal | undefined;
      /** In any case: it turned out to be damaged. */
      readonly setAside?: boolean;
    } = {},
  ): Promise<AdvisoryDatabase> {
    const { warn = () => {}, signal } = options;
    let isForeign = options.setAside === true;
    try {
      makeDirectories(dirname(path), 0o700);
    } catch (error) {
      throw fromSystemError(error, "creating", dirname(path));
    }
    const find = async (): Promise<Database | undefined> => (isForeign ? undefined : openOurs(path));
    const make = async (): Promise<Database> => {
      isForeign = false;
      const places = existsSync(path) ? rescuedPlaces(path) : [];
      if (existsSync(path)) warn(`${path} is damaged or of another version of distill: moved to ${setAside(path)}`);
      return makeDatabase(path, places);
    };
    return new AdvisoryDatabase(await onceAmongProcesses(`${path}.lock`, { find, make }, signal));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  feeds(): readonly StoredFeed[] {
    return readFeeds(this.#database);
  }

  feed(feed: FeedId): StoredFeed | undefined {
    return this.feeds().find((each) => each.feed === feed);
  }

  /** What the feed says now, in place of all that it said. */
  async replace(
    feed: FeedId,
    items: AsyncIterable<readonly FeedItem[]>,
    renewed: RenewedFeed,
    options: LoadOptions = {},
  ): Promise<Loaded> {
    return this.change(async (database) => {
      const loaded = await loadFeed(database, feed, items, options.signal);
      options.accept?.(loaded);
      writeState(database, feed, renewed, loaded);
      return loaded;
    }, options.signal);
  }

  /** It is still what it was at this time. */
  async checked(feed: FeedId, at: number): Promise<void> {
    await this.change(async (database) => {
      database.run("UPDATE feeds SET checked_at = ?, failure = NULL, failed_at = NULL WHERE feed = ?", at, feed);
    });
  }

  /** It could not be renewed at this time; what it said before still counts. */
  async failed(feed: FeedId, at: number, failure: string): Promise<void> {
    await this.change(async (database) => {
      database.run("INSERT OR IGNORE INTO feeds (feed) VALUES (?)", feed);
      database.run("UPDATE feeds SET failure = ?, failed_at = ? WHERE feed = ?", failure, at, feed);
    });
  }

  /** Where to take a feed from; undefined for its default. */
  async choosePlaces(feed: FeedId, places: readonly string[] | undefined): Promise<void> {
    await this.change(async (database) => {
      database.run("INSERT OR IGNORE INTO feeds (feed) VALUES (?)", feed);
      const text = places === undefined ? null : JSON.stringify(places);
      database.run("UPDATE feeds SET places = ? WHERE feed = ?", text, feed);
    });
  }

  /** Runs `work` as one transaction, when no other change is under way. */
  async change<T>(work: (database: Database) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await this.#transaction(work, signal);
    } finally {
      resolve();
    }
  }

  async #transaction<T>(work: (database: Database) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const database = this.#database;
    await begin(database, signal);
    try {
      const value = await work(database);
      throwIfCancelled(signal);
      database.execute("COMMIT");
      return value;
    } catch (error) {
      if (database.isTransaction) database.execute("ROLLBACK");
      throw error;
    }
  }
}

export function writeState(database: Database, feed: FeedId, renewed: RenewedFeed, loaded: Loaded): void {
  const { place, checkedAt, digest, seen } = renewed;
  database.run("INSERT OR IGNORE INTO feeds (feed) VALUES (?)", feed);
  database.run(
    `UPDATE feeds SET place = ?, checked_at = ?, dated = ?, records = ?, digest = ?, seen = ?, failure = NULL, failed_at = NULL
     WHERE feed = ?`,
    place,
    checkedAt,
    loaded.dated ?? renewed.dated ?? null,
    loaded.records,
    digest,
    JSON.stringify(seen),
    feed,
  );
}

/** Waits for other processes without keeping this one from everything else. */
async function begin(database: Database, signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    throwIfCancelled(signal);
    try {
      database.execute("BEGIN IMMEDIATE");
      return;
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error;
    }
    await sleep(SHORT);
  }
}

/** Undefined where there is no database, or one that must be set aside. */
function openOurs(path: string): Database | undefined {
  if (!existsSync(path)) return undefined;
  let database: Database | undefined;
  try {
    database = openFile(path);
    if (isOurs(database)) return database;
  } catch (error) {
    if (!isDistillError(error, "STORE_CORRUPT")) {
      database?.close();
      throw error;
    }
  }
  database?.close();
  return undefined;
}

interface ChosenPlaces {
  readonly feed: string;
  readonly places: string;
}

/** What the user has chosen, where it can still be read: data can be fetched again, and that cannot. */
function rescuedPlaces(path: string): readonly ChosenPlaces[] {
  let database: Database | undefined;
  try {
    database = openFile(path);
    return database.all<ChosenPlaces>("SELECT feed, places FROM feeds WHERE json_valid(places)");
  } catch {
    return [];
  } finally {
    database?.close();
  }
}

function makeDatabase(path: string, chosen: readonly ChosenPlaces[]): Database {
  const database = openFile(path);
  try {
    database.transaction(() => {
      database.execute(COMMON_TABLES);
      for (const { feed, places } of chosen) {
        database.run("INSERT OR IGNORE INTO feeds (feed, places) VALUES (?, ?)", feed, places);
      }
      database.execute(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openFile(path: string): Database {
  const database = new Database(path, { damaged: DAMAGED, patience: SHORT });
  // 16 MiB: four times as much is no faster, and a million records are to be taken in 200 MB.
  database.execute("PRAGMA cache_size = -16384; PRAGMA temp_store = FILE");
  return database;
}
