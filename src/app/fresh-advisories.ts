import type { StoredFeed } from "../advisories/database/state.ts";
import type { FeedId } from "../advisories/feed.ts";
import type { Progress, Task } from "../lib/progress.ts";
import { feedStates, updateFeeds } from "./advisories.ts";

export interface FreshenOptions {
  /** Milliseconds after which a feed is asked for again; default half a day. */
  readonly maxAge?: number;
  /** Nothing is tried. */
  readonly offline: boolean;
  /** All of them are asked for, also those that were, or failed, a short while ago. */
  readonly refresh: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since the epoch; default now. */
  readonly now?: number;
}

/** A feed that could not be renewed. */
export interface FeedProblem {
  readonly feed: FeedId;
  /** There is no data of it at all. */
  readonly missing: boolean;
  /** Why it could not be had, or was not asked for. Without a full stop. */
  readonly failure: string;
}

const HOUR = 60 * 60 * 1000;
const MAX_AGE = 12 * HOUR;
/** What failed is not tried again for so long: who scans ten images waits once for a server that is not there. */
const FAILURE_LASTS = HOUR;
/** Who scans waits for a scan: in milliseconds. */
const CONNECT_TIMEOUT = 3000;
const POLICY = { headersTimeout: 10_000, idleTimeout: 10_000 };

/**
 * Renews what is missing or old of these feeds, all at the same time, and shows no more of it than what is on its way. No
 * failure of a feed is one of this; what could not be had is returned, in the order of `feeds`. Debian's archive is asked
 * otherwise (debianFixes). Throws CANCELLED, DISK_FULL.
 */
export async function freshenFeeds(
  feeds: ReadonlySet<FeedId>,
  options: FreshenOptions,
): Promise<readonly FeedProblem[]> {
  const { maxAge = MAX_AGE, offline, refresh, progress, signal, now = Date.now() } = options;
  const wanted = [...feeds].filter((feed) => feed !== "debian-archive");
  const before = statesByFeed();
  const due = wanted.filter((feed) => refresh || !isWithin(before.get(feed)?.checkedAt, maxAge, now));
  const tried = offline
    ? []
    : due.filter((feed) => refresh || !isWithin(before.get(feed)?.failedAt, FAILURE_LASTS, now));
  const failures = new Map<FeedId, string>();
  if (tried.length > 0) {
    const updates = await updateFeeds(tried, {
      ...{ connectTimeout: CONNECT_TIMEOUT, policy: POLICY, progress: shownOnceMoving(progress), signal },
    });
    for (const { feed, failure } of updates) if (failure !== undefined) failures.set(feed, failure.message);
  }
  const after = tried.length > 0 ? statesByFeed() : before;
  return due.flatMap((feed): readonly FeedProblem[] => {
    const state = after.get(feed);
    const missing = state === undefined || state.checkedAt === 0;
    const failure = tried.includes(feed) ? failures.get(feed) : reasonNotTried(state, offline);
    return failure === undefined ? [] : [{ feed, missing, failure }];
  });
}

function statesByFeed(): ReadonlyMap<FeedId, StoredFeed> {
  return new Map(feedStates().map((state) => [state.feed, state]));
}

function isWithin(time: number | undefined, limit: number, now: number): boolean {
  const age = now - (time ?? Number.NEGATIVE_INFINITY);
  return age >= 0 && age < limit;
}

function reasonNotTried(state: StoredFeed | undefined, offline: boolean): string {
  if (offline) return "not asked for: --offline";
  return state?.failure ?? "it could not be had a short while ago";
}

/** Tasks of which nothing is seen before something has arrived: a server that does not answer is told of elsewhere. */
function shownOnceMoving(progress: Progress): Progress {
  return {
    start: (title, total) => new LateTask(progress, title, total),
    info: () => {},
    warn: (text) => progress.warn(text),
  };
}

class LateTask implements Task {
  readonly #start: () => Task;
  #task: Task | undefined;

  constructor(progress: Progress, title: string, total: number | undefined) {
    this.#start = () => progress.start(title, total);
  }

  advance(done: number, total?: number): void {
    if (done > 0) this.#task ??= this.#start();
    this.#task?.advance(done, total);
  }

  part(title: string, total?: number): Task {
    return new LateTask(
      { start: (...task) => this.#begun().part(...task), info: () => {}, warn: () => {} },
      title,
      total,
    );
  }

  output(line: string): void {
    this.#task?.output(line);
  }

  end(...how: Parameters<Task["end"]>): void {
    this.#task?.end(...how);
  }

  #begun(): Task {
    this.#task ??= this.#start();
    return this.#task;
  }
}
