import { utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Loaded } from "../advisories/database/load.ts";
import type { StoredFeed } from "../advisories/database/state.ts";
import { AdvisoryDatabase } from "../advisories/database/writer.ts";
import type { FeedId } from "../advisories/feed.ts";
import { defaultPlaces } from "../advisories/feeds/addresses.ts";
import type { FeedUpdate } from "../advisories/feeds/status.ts";
import { dropAbandoned, takeFiles } from "../advisories/feeds/take-files.ts";
import type { TakenFeed, TakeRequest } from "../advisories/feeds/taken.ts";
import { throwIfCancelled } from "../lib/cancel.ts";
import { mapLimited } from "../lib/concurrency.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { HttpPolicy } from "../lib/http/retry.ts";
import { onceAmongProcesses } from "../lib/once-among-processes.ts";
import { type Progress, silentProgress, type Task } from "../lib/progress.ts";
import { FEED_TAKERS } from "./feed-takers.ts";
import type { UpdateFeedsOptions } from "./update-feeds-options.ts";

/** A feed of fewer records may lose most of them. */
const FEW_RECORDS = 100;

/** Records that may be unreadable beside one in a hundred. */
const FEW_BROKEN = 20;

/** Milliseconds after which others are told that this process is still at work. */
const SIGN_OF_LIFE = 60_000;

/** Failures that are about this machine or its user, and not about a feed. */
const OF_ALL: ReadonlySet<string> = new Set(["CANCELLED", "DISK_FULL", "STORE_CORRUPT"]);

/** See updateFeeds. `path` is that of the database. */
export async function renewFeeds(
  path: string,
  feeds: readonly FeedId[],
  options: UpdateFeedsOptions,
): Promise<readonly FeedUpdate[]> {
  const { progress = silentProgress, signal, force = false } = options;
  const warn = (text: string): void => progress.warn(text);
  for (let isSecond = false; ; isSecond = true) {
    try {
      using database = await AdvisoryDatabase.open(path, { warn, signal, setAside: isSecond });
      const directory = join(dirname(path), "downloads");
      const started = Date.now();
      dropAbandoned(directory, started);
      const renewal = new Renewal(database, { ...options, directory, started, progress, force });
      // All at once: a server that does not answer is waited for once, whoever else does not.
      return await mapLimited(feeds, feeds.length, (feed) => renewal.run(feed));
    } catch (error) {
      // A damaged database is made anew; its feeds are all fetched then.
      if (isSecond || !isDistillError(error, "STORE_CORRUPT")) throw error;
    }
  }
}

interface RenewalOptions extends UpdateFeedsOptions {
  readonly directory: string;
  readonly started: number;
  readonly progress: Progress;
  readonly force: boolean;
}

class Renewal {
  readonly #database: AdvisoryDatabase;
  readonly #options: RenewalOptions;

  constructor(database: AdvisoryDatabase, options: RenewalOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** By one process at a time; what another one has renewed meanwhile is as good. */
  async run(feed: FeedId): Promise<FeedUpdate> {
    const { directory, started, force, signal } = this.#options;
    const lock = join(dirname(directory), `${feed}.lock`);
    const find = async (): Promise<FeedUpdate | undefined> => {
      const state = this.#database.feed(feed);
      if (force || state === undefined || state.checkedAt <= started) return undefined;
      return { feed, outcome: "unchanged", records: state.records, failure: undefined };
    };
    const make = async (): Promise<FeedUpdate> => {
      const alive = setInterval(() => touch(lock), SIGN_OF_LIFE).unref();
      try {
        return await this.#renew(feed);
      } finally {
        clearInterval(alive);
      }
    };
    return onceAmongProcesses(lock, { find, make }, signal);
  }

  async #renew(feed: FeedId): Promise<FeedUpdate> {
    const before = this.#database.feed(feed);
    const known = before === undefined || before.checkedAt === 0 ? undefined : before.records;
    const fetching = this.#options.progress.start(`Fetching ${feed}`);
    try {
      const broken = new BrokenRecords();
      const taken = await this.#take(feed, before, fetching, broken);
      try {
        const { items } = taken;
        if (items === undefined) {
          await this.#database.checked(feed, Date.now());
          fetching.end("cached", "unchanged");
          return { feed, outcome: "unchanged", records: known, failure: undefined };
        }
        fetching.end();
        const { records } = await this.#store(feed, before, { ...taken, items }, broken);
        return { feed, outcome: "updated", records, failure: undefined };
      } finally {
        await taken.discard();
      }
    } catch (error) {
      throwIfCancelled(this.#options.signal);
      if (!(error instanceof DistillError) || OF_ALL.has(error.code)) {
        fetching.end("failed");
        throw error;
      }
      fetching.end("failed", error.message);
      await this.#database.failed(feed, Date.now(), error.message);
      return { feed, outcome: "failed", records: known, failure: error };
    }
  }

  async #take(feed: FeedId, before: StoredFeed | undefined, task: Task, broken: BrokenRecords): Promise<TakenFeed> {
    const { directory, force, signal, connectTimeout, mirror, offline = false } = this.#options;
    // Where a user waits for something else, a server has one try.
    const patience: Partial<HttpPolicy> = connectTimeout === undefined ? {} : { connectTimeout, attempts: 1 };
    const policy = { ...patience, ...this.#options.policy };
    const request: TakeRequest = { before, force: force || isEmpty(before), directory, policy, task, signal };
    const chosen = before?.places;
    const taker = chosen === undefined ? FEED_TAKERS[feed] : undefined;
    if (taker !== undefined && offline) {
      throw new DistillError("OFFLINE", `${feed} is not asked for`, { hint: "run the same command without --offline" });
    }
    if (taker !== undefined) return taker(request);
    const places = chosen === undefined ? defaultPlaces(feed, mirror) : { places: chosen, someMayBeMissing: false };
    if (places === undefined) {
      throw new DistillError("UNSUPPORTED", `${feed} cannot be taken as a whole from there`, {
        hint: `--source ${feed}=FILE|DIR names where it lies`,
      });
    }
    const tell = (problem: DistillError): void => broken.add(problem);
    return takeFiles(feed, places, { ...request, offline, broken: tell });
  }

  async #store(
    feed: FeedId,
    before: StoredFeed | undefined,
    taken: TakenFeed & { readonly items: NonNullable<TakenFeed["items"]> },
    broken: BrokenRecords,
  ): Promise<Loaded> {
    const { progress, force, signal } = this.#options;
    const task = progress.start(`Storing ${feed}`);
    const accept = (loaded: Loaded): void => {
      broken.refuseMany(feed, loaded.records);
      if (!force && before?.place === taken.place) refuseShrunk(feed, before.records, loaded.records);
    };
    try {
      const { place, digest, dated, seen } = taken;
      const renewed = { place, digest, dated, seen, checkedAt: Date.now() };
      const loaded = await this.#database.replace(feed, taken.items(), renewed, { signal, accept });
      task.end("done", `${loaded.records} records`);
      broken.tell(feed, progress);
      return loaded;
    } catch (error) {
      task.end("failed", error instanceof Error ? error.message : "");
      throw error;
    }
  }
}

/** Records that could not be read and are left out. */
class BrokenRecords {
  #count = 0;
  #first: DistillError | undefined;

  add(problem: DistillError): void {
    this.#count++;
    this.#first ??= problem;
  }

  /** A feed of which much cannot be read is another format, and not what it says it is. */
  refuseMany(feed: FeedId, read: number): void {
    if (this.#first === undefined || (this.#count <= FEW_BROKEN + read / 100 && read > 0)) return;
    throw new DistillError(
      "FORMAT_INVALID",
      `${this.#count} records of ${feed} cannot be read: ${this.#first.message}`,
      {
        hint: "what was there before still counts",
        cause: this.#first,
      },
    );
  }

  tell(feed: FeedId, progress: Progress): void {
    if (this.#first === undefined) return;
    progress.warn(`${feed}: ${this.#count} records cannot be read and are left out; the first: ${this.#first.message}`);
  }
}

function refuseShrunk(feed: FeedId, before: number, now: number): void {
  if (before < FEW_RECORDS || now >= before / 2) return;
  throw new DistillError("FORMAT_INVALID", `${feed} has ${now} records, and had ${before}: it is not taken`, {
    hint: `where that is right, distill advisories update ${feed} --force takes it`,
  });
}

function isEmpty(feed: StoredFeed | undefined): boolean {
  return feed === undefined || feed.checkedAt === 0;
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Whoever waits may begin as well; nothing depends on it.
  }
}
