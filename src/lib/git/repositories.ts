import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { throwIfCancelled } from "../cancel.ts";
import { digestOf, hexOf } from "../digest.ts";
import { makeDirectories } from "../directories.ts";
import { DistillError, fromSystemError } from "../errors.ts";
import { onceAmongProcesses } from "../once-among-processes.ts";
import { type Progress, silentProgress } from "../progress.ts";
import { remoteFailure } from "./failure.ts";
import { DamagedRepository, readObjects } from "./objects.ts";
import type { Remote } from "./remote.ts";
import { type Git, GitFailure, type GitRun } from "./run-git.ts";
import { newestBeside, plantSeed } from "./seed.ts";
import { SizeWatch } from "./size-watch.ts";
import { parseTag } from "./tree-object.ts";

/** What nobody asked for in this time goes; milliseconds. */
const KEPT = 30 * 24 * 60 * 60 * 1000;

/** What a killed process left behind; milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** A server that gives no single commits says so in one of these ways. */
const NO_SUCH_WANT = /not our ref|unadvertised object|does not allow request|no such remote ref|not a valid object/i;
const NO_SHALLOW = /does not support shallow|shallow capabilities|dumb http/i;

/** Tags that name tags. */
const MAX_TAGS = 10;

export interface RepositoriesOptions {
  readonly directory: string;
  readonly git: Git;
  readonly offline: boolean;
  readonly progress?: Progress;
  /** A fetch of more bytes is ended; default 32 GiB. */
  readonly maxBytes?: number;
}

/**
 * What was fetched: one bare repository for each commit of a remote, with that commit alone (no history, where the server
 * can do so). It gets its name when it is whole, and is never changed again, so that any number of processes may use it.
 */
export class Repositories {
  readonly #directory: string;
  readonly #git: Git;
  readonly #offline: boolean;
  readonly #progress: Progress;
  readonly #maxBytes: number;

  constructor({ directory, git, offline, progress = silentProgress, maxBytes = 32 * 2 ** 30 }: RepositoriesOptions) {
    this.#maxBytes = maxBytes;
    this.#directory = directory;
    this.#progress = progress;
    this.#git = git;
    this.#offline = offline;
    dropOld(directory);
  }

  /** The repository that holds `object` (a commit or a tag) of `remote`; undefined where it has not been fetched. */
  find(remote: Remote, object: string): string | undefined {
    const path = this.#path(remote, object);
    if (!existsSync(path)) return undefined;
    touch(path);
    touch(join(path, ".."));
    return path;
  }

  /**
   * As find, fetched where it is not there. OFFLINE without a network; see remoteFailure for what a server may do. One
   * process fetches, others that want the same wait for it. `fresh` uses nothing of what was fetched before.
   */
  async get(
    remote: Remote,
    object: string,
    run: GitRun,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<string> {
    const there = this.find(remote, object);
    if (there !== undefined) return there;
    if (this.#offline) {
      throw new DistillError("OFFLINE", `${object.slice(0, 12)} of ${remote.shown} is not in the cache`, {
        hint: "run the same command once without --offline: that fetches and keeps it",
      });
    }
    const path = this.#path(remote, object);
    make(join(path, ".."));
    const work = {
      find: async () => this.find(remote, object),
      make: () => this.#fetch(remote, object, path, run, fresh),
    };
    return onceAmongProcesses(`${path}.lock`, work, run.signal);
  }

  /**
   * What `work` makes of the repository (see get). One that turns out to be damaged is thrown away and fetched again, once;
   * STORE_CORRUPT where that does not help, and offline.
   */
  async use<T>(remote: Remote, object: string, run: GitRun, work: (repository: string) => Promise<T>): Promise<T> {
    try {
      return await work(await this.get(remote, object, run));
    } catch (error) {
      if (!(error instanceof DamagedRepository)) throw error;
      if (this.#offline) throw damaged(remote, object, error);
      this.#progress.warn(`what the cache has of ${remote.shown} is damaged; fetching it again`);
      this.#discard(remote, object);
    }
    try {
      return await work(await this.get(remote, object, run, { fresh: true }));
    } catch (error) {
      throw error instanceof DamagedRepository ? damaged(remote, object, error) : error;
    }
  }

  /** Throws away a repository that is damaged. */
  #discard(remote: Remote, object: string): void {
    const path = this.#path(remote, object);
    const aside = this.#aside();
    try {
      renameSync(path, aside);
    } catch {
      // Somebody else did.
    }
    rmSync(aside, { recursive: true, force: true });
  }

  async #fetch(remote: Remote, object: string, path: string, run: GitRun, fresh: boolean): Promise<string> {
    const made = this.#aside();
    try {
      await this.#initialize(made, remote, object, run);
      if (!fresh) plantSeed(made, newestBeside(path));
      await this.#fetchInto(made, remote, object, run);
      throwIfCancelled(run.signal);
      try {
        renameSync(made, path);
      } catch (error) {
        if (!existsSync(path)) throw fromSystemError(error, "naming", path);
      }
      return path;
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  }

  async #initialize(path: string, remote: Remote, object: string, { signal }: GitRun): Promise<void> {
    const format = object.length === 64 ? "sha256" : "sha1";
    const init = ["--git-dir", path, "init", "--quiet", "--bare", "--template=", `--object-format=${format}`];
    await this.#git.output(init, { signal }).catch((error: unknown) => {
      throw remoteFailure(error, remote);
    });
  }

  async #fetchInto(path: string, remote: Remote, object: string, given: GitRun): Promise<void> {
    const inside = ["--git-dir", path];
    using watch = new SizeWatch(path, this.#maxBytes, given.signal);
    const run = { ...given, signal: watch.signal };
    const fetch = (options: readonly string[], refs: readonly string[]): Promise<Buffer> => {
      const fixed = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force", "--progress"];
      return this.#git.output([...inside, "fetch", ...fixed, ...options, "--", remote.address, ...refs], run);
    };
    const one = [`${object}:refs/distill/wanted`];
    const all = ["+refs/*:refs/distill/all/*"];
    try {
      await fetch(["--depth=1"], one).catch(async (error: unknown) => {
        if (!(error instanceof GitFailure)) throw error;
        if (!NO_SHALLOW.test(error.said) && !NO_SUCH_WANT.test(error.said)) throw error;
        // All there is then, from the beginning: what was fetched before has no history to build on.
        rmSync(path, { recursive: true, force: true });
        await this.#initialize(path, remote, object, given);
        return fetch([], all);
      });
      watch.look();
      throwIfCancelled(run.signal);
      await this.#git.output([...inside, "cat-file", "-e", object], run).catch((error: unknown) => {
        if (!(error instanceof GitFailure)) throw error;
        throw new DistillError("NETWORK", `${remote.shown} has no commit ${object}`, {
          hint: "check the hash; a commit that no branch and no tag leads to may be gone",
        });
      });
    } catch (error) {
      if (watch.exceeded) {
        throw new DistillError("LIMIT_EXCEEDED", `${remote.shown} is larger than the ${this.#maxBytes} bytes allowed`);
      }
      throw remoteFailure(error, remote);
    }
  }

  /** The objects that lead from `object` to a commit, which is the last one: itself, or a tag and what that names. */
  async chainOf(repository: string, object: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
    const chain = [object];
    for (let links = 0; links < MAX_TAGS; links++) {
      const [found] = await readObjects(this.#git, repository, chain.slice(-1), signal);
      if (found?.type === "commit") return chain;
      if (found?.type !== "tag") break;
      chain.push(parseTag(found.body).object);
    }
    throw new DistillError("FORMAT_INVALID", `${object} leads to no commit`, {
      hint: "name a branch, a tag or a commit",
    });
  }

  /** The name tells nothing of the address, which may hold a password. */
  #path(remote: Remote, object: string): string {
    const login = remote.credentials === undefined ? "" : `${remote.credentials.user}\0${remote.credentials.password}`;
    const key = hexOf(digestOf(`${remote.address}\0${login}`)).slice(0, 32);
    return join(this.#directory, key, `${object}.git`);
  }

  #aside(): string {
    const directory = join(this.#directory, "partial");
    make(directory);
    return join(directory, `${randomBytes(8).toString("hex")}.git`);
  }
}

function damaged(remote: Remote, object: string, cause: Error): DistillError {
  return new DistillError("STORE_CORRUPT", `the repository ${remote.shown} is damaged at ${object.slice(0, 12)}`, {
    hint: "run the command again without --offline; if it stays, git fsck says what is wrong at its server",
    cause,
  });
}

function make(directory: string): void {
  try {
    makeDirectories(directory, 0o700);
  } catch (error) {
    throw fromSystemError(error, "creating", directory);
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Only its age is not known then.
  }
}

function dropOld(directory: string): void {
  for (const remote of list(directory)) {
    const limit = Date.now() - (remote === "partial" ? ABANDONED_AFTER : KEPT);
    for (const name of list(join(directory, remote))) {
      const path = join(directory, remote, name);
      const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (changed !== undefined && changed < limit) rmSync(path, { recursive: true, force: true });
    }
    dropIfEmpty(join(directory, remote), limit);
  }
}

function dropIfEmpty(directory: string, limit: number): void {
  try {
    if (statSync(directory).mtimeMs < limit) rmdirSync(directory);
  } catch {
    // Something is in it.
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
