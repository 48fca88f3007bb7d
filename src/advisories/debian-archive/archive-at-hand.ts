import type { Archives } from "../../debian/archive/archive.ts";
import { type AccessOptions, type ArchiveContext, archiveContext } from "../../debian/archive/archive-context.ts";
import { type ArchiveSource, sourceKey } from "../../debian/archive/sources.ts";
import type { PackageIndex } from "../../debian/index/package-index.ts";
import { compareVersions } from "../../debian/package/version.ts";
import { isDistillError } from "../../lib/errors.ts";
import { type Progress, silentProgress } from "../../lib/progress.ts";
import type { InstalledSource } from "./answer.ts";
import { type ArchiveState, KeptArchive } from "./kept-archive.ts";
import { makeSourceTable, SourceTable } from "./source-table.ts";

export interface ArchiveMeans extends AccessOptions {
  /** Debian's name: "amd64". */
  readonly architecture: string;
  /** The suites of the release. */
  readonly sources: readonly ArchiveSource[];
  /** For so long, in milliseconds, the archive is not asked again whether it has something newer. */
  readonly maxAge: number;
  /** Asks even if that was done, or failed, a short while ago. */
  readonly refresh: boolean;
}

/** What failed is not tried again for so long, in milliseconds. */
const FAILURE_LASTS = 60 * 60 * 1000;

/** Younger than this, in milliseconds, the archive counts as checked just now; openArchives asks no mirror before that. */
const CHECKED_JUST_NOW = 60 * 60 * 1000;

/** The archive opened: its packages, and how to fetch them. */
export interface OpenedArchive {
  readonly archives: Archives;
  readonly index: PackageIndex;
}

/** A release of Debian's archive as far as it is known here; it is opened only where what is kept of it does not do. */
export class ArchiveAtHand {
  readonly kept: KeptArchive;
  state: ArchiveState;
  /** Undefined where nothing was ever had. */
  table: SourceTable | undefined;
  /** Why there is no table. */
  failure: string | undefined;
  opened: OpenedArchive | undefined;
  readonly #means: ArchiveMeans;
  readonly #context: ArchiveContext;

  private constructor(kept: KeptArchive, state: ArchiveState, means: ArchiveMeans, context: ArchiveContext) {
    this.kept = kept;
    this.state = state;
    this.#means = means;
    this.#context = context;
  }

  /** What is kept; nothing is asked of the network. */
  static async of(release: string, means: ArchiveMeans): Promise<ArchiveAtHand> {
    const context = archiveContext(means);
    const kept = new KeptArchive(context, identityOf(means.sources), release, means.architecture);
    const state = await kept.state();
    const hand = new ArchiveAtHand(kept, state, means, context);
    hand.table = await kept.table(state);
    return hand;
  }

  /** Makes sure of a table that is new enough for these packages, as far as possible. */
  async freshen(installed: readonly InstalledSource[]): Promise<void> {
    if (this.#isFresh(installed)) return;
    if (!this.#offline()) await this.open();
    else if (this.table === undefined) await this.#openFromCache();
  }

  /** True where the network is not to be tried, or failed a short while ago. */
  #offline(): boolean {
    return this.#context.offline || (!this.#means.refresh && this.#isRecent(this.state.failedAt, FAILURE_LASTS));
  }

  /** True where changelogs may be fetched. */
  get mayFetch(): boolean {
    if (this.#offline()) return false;
    return this.#means.refresh || !this.#isRecent(this.state.changelogFailedAt, FAILURE_LASTS);
  }

  /** Opens the archive, and makes the table anew where that has moved on. A failure is remembered. */
  async open(): Promise<OpenedArchive | undefined> {
    if (this.opened !== undefined) return this.opened;
    const now = this.#context.now();
    const warnings: string[] = [];
    try {
      this.opened = await this.#openArchives(false, warnings);
    } catch (error) {
      await this.#fail(messageOf(error), now);
      if (this.table === undefined) await this.#openFromCache();
      return this.opened;
    }
    await this.#adopt(this.opened);
    // A mirror that did not answer is no failure as long as the cache has a release that is valid.
    if (now - this.state.checkedAt > CHECKED_JUST_NOW) await this.#fail(warnings[0] ?? "no mirror answers", now);
    return this.opened;
  }

  async changelogsFailed(): Promise<void> {
    await this.#keep({ ...this.state, changelogFailedAt: this.#context.now() });
  }

  #isFresh(installed: readonly InstalledSource[]): boolean {
    const { table, state } = this;
    if (table === undefined || this.#means.refresh) return false;
    if (!this.#isRecent(state.checkedAt, this.#means.maxAge)) return false;
    if (this.#isRecent(state.checkedAt, CHECKED_JUST_NOW)) return true;
    // What was installed since then.
    return installed.every(({ name, version }) => compareVersions(version, table.find(name)?.version ?? version) <= 0);
  }

  #isRecent(time: number | undefined, limit: number): boolean {
    const age = this.#context.now() - (time ?? Number.NEGATIVE_INFINITY);
    return age >= 0 && age < limit;
  }

  /** What another command has left in the cache, of whatever date. */
  async #openFromCache(): Promise<void> {
    try {
      this.opened = await this.#openArchives(true, []);
      await this.#adopt(this.opened);
    } catch (error) {
      this.failure = this.state.failure ?? messageOf(error);
    }
  }

  async #openArchives(offline: boolean, warnings: string[]): Promise<OpenedArchive> {
    const { openArchives } = await import("../../debian/archive/archive.ts");
    const { sources, architecture, refresh } = this.#means;
    const archives = await openArchives({
      ...this.#context,
      ...{ sources, architecture, offline, refresh: refresh && !offline },
      progress: withWarnings(this.#context.progress, warnings),
    });
    return { archives, index: await archives.index() };
  }

  async #adopt({ archives, index }: OpenedArchive): Promise<void> {
    const { lastChecked } = await import("../../debian/archive/release-cache.ts");
    const checked = await Promise.all(this.#means.sources.map((each) => lastChecked(each, this.#context)));
    const checkedAt = Math.min(...checked.map((each) => each ?? 0));
    const dates = archives.releases.map(({ release }) => release.date);
    const failures = { failure: undefined, failedAt: undefined, changelogFailedAt: undefined };
    if (this.table !== undefined && JSON.stringify(dates) === JSON.stringify(this.state.dates)) {
      return this.#keep({ ...this.state, ...failures, checkedAt });
    }
    const suites = archives.releases.map(({ source }) => source.suite);
    const bytes = makeSourceTable(suites, index.sources());
    this.table = new SourceTable(bytes);
    const table = await this.kept.keepTable(bytes, this.state);
    await this.#keep({ ...failures, checkedAt, dates, table, sources: this.table.count });
  }

  async #fail(failure: string, failedAt: number): Promise<void> {
    await this.#keep({ ...this.state, failure, failedAt });
  }

  async #keep(state: ArchiveState): Promise<void> {
    this.state = state;
    await this.kept.keepState(state);
  }
}

function identityOf(sources: readonly ArchiveSource[]): string {
  return JSON.stringify(sources.map((each) => [sourceKey(each), each.uri, each.keys.map(({ armored }) => armored)]));
}

/** Says what fails later, with the answer: who scans has not asked for the archive. */
function withWarnings(progress: Progress | undefined, warnings: string[]): Progress {
  return {
    start: (title, total) => (progress ?? silentProgress).start(title, total),
    info: () => {},
    warn: (text) => warnings.push(text),
  };
}

/** Of a failure that is no program's error and no wish of the user's: those are thrown. */
function messageOf(error: unknown): string {
  if (!isDistillError(error) || error.code === "CANCELLED") throw error;
  return error.message;
}
