import { join } from "node:path";
import type { RemoteFile, RemoteSources, RemoteTree } from "../build/collaborators.ts";
import type { Digest } from "../lib/digest.ts";
import { parseDigest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import { type GitAddress, isFullHash, parseCommitChecksum, parseGitAddress } from "../lib/git/address.ts";
import { loginFor, type Revision, readCheckout } from "../lib/git/checkout.ts";
import type { GitSettings } from "../lib/git/environment.ts";
import { isRefName } from "../lib/git/ref-name.ts";
import type { Credentials, Remote } from "../lib/git/remote.ts";
import { resolveRef } from "../lib/git/remote-refs.ts";
import { Repositories } from "../lib/git/repositories.ts";
import { Git, type GitRun } from "../lib/git/run-git.ts";
import { FileCache } from "../lib/http/file-cache.ts";
import type { HttpPolicy } from "../lib/http/retry.ts";
import { type Progress, silentProgress } from "../lib/progress.ts";
import { CheckedContent } from "./checked-content.ts";
import { withGitDirectory } from "./git-directory-tree.ts";
import { RevisionContents } from "./repository-contents.ts";
import { repositoryTree } from "./repository-tree.ts";

const UNNAMED = "__unnamed__";

export interface RemoteSourcesOptions extends GitSettings {
  readonly cacheDirectory: string;
  /** Use what is in the cache and nothing else. */
  readonly offline?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly policy?: Partial<HttpPolicy> | undefined;
  /** Longest file, and largest repository, that is downloaded; bytes, default 32 GiB. */
  readonly maxBytes?: number;
  /** Who somebody is to a server of repositories (`https://host`), where the address does not say. */
  readonly credentials?: (origin: string) => Credentials | undefined;
}

/**
 * What a build takes from the network: files over http(s), and repositories. One that is asked for twice is asked for
 * once, so that a build sees one state of it. Contents can be read until this is disposed of.
 */
export class NetworkSources implements RemoteSources, AsyncDisposable {
  readonly #options: RemoteSourcesOptions;
  readonly #progress: Progress;
  readonly #git: Git;
  readonly #run: GitRun;
  #files: FileCache | undefined;
  #repositories: Repositories | undefined;
  readonly #known = new Map<string, Promise<unknown>>();
  readonly #open: { close(): Promise<void> }[] = [];

  constructor(options: RemoteSourcesOptions) {
    this.#options = options;
    this.#progress = options.progress ?? silentProgress;
    this.#git = new Git(options);
    this.#run = { signal: options.signal };
  }

  /**
   * The file at an http(s) URL. `checksum` is `sha256:` and 64 digits: CONFIG_INVALID for another form, DIGEST_MISMATCH for
   * another file. See FileCache for what else can go wrong.
   */
  fetchFile(url: string, options: { readonly checksum?: string | undefined } = {}): Promise<RemoteFile> {
    return this.#once(`file ${url} ${options.checksum ?? ""}`, () => this.#fetchFile(url, options.checksum));
  }

  /**
   * The files of a repository at what its address names (parseGitAddress), or at the default branch, submodules included.
   * `checksum` is a commit or the beginning of one: another commit is DIGEST_MISMATCH. What the address says of a .git
   * directory counts before `keepGitDirectory`. A commit that was fetched before costs one question to the server, or none
   * where the address gives its full hash.
   */
  fetchRepository(
    address: string,
    options: { readonly keepGitDirectory: boolean; readonly checksum?: string | undefined },
  ): Promise<RemoteTree> {
    const { keepGitDirectory, checksum } = options;
    return this.#once(`repository ${address} ${keepGitDirectory} ${checksum ?? ""}`, () =>
      this.#fetchRepository(address, keepGitDirectory, checksum),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#known.values());
    await Promise.all(this.#open.splice(0).map((each) => each.close()));
  }

  async #fetchFile(url: string, checksum: string | undefined): Promise<RemoteFile> {
    const expected = checksum === undefined ? undefined : fileChecksum(checksum);
    const cache = this.#fileCache();
    const file = await cache.fetch(url, expected);
    const content = new CheckedContent(file.path, file, () => cache.verify(url, file));
    this.#open.push(content);
    return { name: nameInUrl(url), content, digest: file.digest, modified: seconds(file.lastModified) };
  }

  async #fetchRepository(text: string, keep: boolean, checksum: string | undefined): Promise<RemoteTree> {
    const { localFiles } = this.#options;
    const address = parseGitAddress(text, localFiles === true ? { localFiles } : {});
    const remote = this.#withLogin(address.remote);
    const expected = expectedCommit(address, checksum);
    const ref = await this.#resolve(remote, address.ref);
    const revision: Revision = { remote, object: ref.object };
    const [git, repositories, run] = [this.#git, this.#repositoryCache(), this.#run];
    const { subdirectory, submodules } = address;
    const withLogin = (each: Remote): Remote => this.#withLogin(each);
    const cached = repositories.find(remote, ref.object) !== undefined;
    const task = this.#progress.start(`Fetching ${remote.shown}`);
    try {
      const checkout = await readCheckout(revision, { git, repositories, run, subdirectory, submodules, withLogin });
      for (const each of expected) requireCommit(remote, each, checkout.commit, revision.object);
      const directory = join(this.#options.cacheDirectory, "git", "partial");
      const options = { git, repositories, directory, run };
      const contents = checkout.revisions.map((each) => new RevisionContents(each, options));
      this.#open.push(...contents);
      let tree = repositoryTree(checkout, (file) => (contents[file.revision] as RevisionContents).of(file));
      // Of a subdirectory alone there is no repository: BuildKit leaves .git out then too.
      if ((address.keepGitDirectory ?? keep) && subdirectory.length === 0) {
        const named = ref.name === undefined ? undefined : { name: ref.name, object: ref.object };
        const whole = await withGitDirectory(tree, checkout, named, options);
        this.#open.push(whole.file);
        tree = whole.tree;
      }
      task.end(cached ? "cached" : "done");
      return { tree, commit: checkout.commit, time: checkout.time };
    } catch (error) {
      task.end("failed");
      throw error;
    }
  }

  /** What `ref` names now; a full hash names itself. */
  async #resolve(
    remote: Remote,
    ref: string | undefined,
  ): Promise<{ readonly object: string; readonly name: string | undefined }> {
    if (ref !== undefined && isFullHash(ref)) return { object: ref, name: undefined };
    if (this.#options.offline === true) {
      throw new DistillError(
        "OFFLINE",
        `what ${ref ?? "the default branch"} of ${remote.shown} is, only its server knows`,
        {
          hint: "name a commit by its full hash: one that was fetched before is in the cache",
        },
      );
    }
    const { object, name } = await resolveRef(this.#git, remote, ref, loginFor(remote, this.#run));
    // The name of a default branch is the server's word.
    return { object, name: name.startsWith("refs/") && isRefName(name) ? name : undefined };
  }

  #withLogin(remote: Remote): Remote {
    if (remote.credentials !== undefined || remote.origin === undefined) return remote;
    return { ...remote, credentials: this.#options.credentials?.(remote.origin) };
  }

  #fileCache(): FileCache {
    this.#files ??= new FileCache({ ...this.#options, directory: join(this.#options.cacheDirectory, "remote") });
    return this.#files;
  }

  #repositoryCache(): Repositories {
    this.#repositories ??= new Repositories({
      directory: join(this.#options.cacheDirectory, "git"),
      git: this.#git,
      offline: this.#options.offline ?? false,
      progress: this.#progress,
      ...(this.#options.maxBytes === undefined ? {} : { maxBytes: this.#options.maxBytes }),
    });
    return this.#repositories;
  }

  #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known as Promise<T>;
    const started = work();
    this.#known.set(key, started);
    return started;
  }
}

/** BuildKit takes other algorithms in the text, and then finds no file to be right: it only ever makes SHA-256. */
function fileChecksum(text: string): Digest {
  try {
    return parseDigest(text);
  } catch (error) {
    throw new DistillError("CONFIG_INVALID", `${JSON.stringify(text.slice(0, 150))} is not the checksum of a file`, {
      hint: "expected sha256: followed by 64 lower-case hexadecimal digits, as sha256sum prints them",
      cause: error,
    });
  }
}

function expectedCommit(address: GitAddress, checksum: string | undefined): readonly string[] {
  const own = checksum === undefined ? [] : [parseCommitChecksum(checksum)];
  return address.checksum === undefined ? own : [...own, address.checksum];
}

/** A tag object counts as well as the commit behind it (BuildKit). */
function requireCommit(remote: Remote, expected: string, commit: string, object: string): void {
  if (commit.startsWith(expected) || object.startsWith(expected)) return;
  throw new DistillError(
    "DIGEST_MISMATCH",
    `${remote.shown} is at another commit: expected ${expected}, got ${commit}`,
    {
      hint: "a branch moves on, and a tag can be moved: check what was meant",
    },
  );
}

/** Not what the server calls it (Content-Disposition): BuildKit names the file before it has asked. */
function nameInUrl(url: string): string {
  const path = (URL.parse(url)?.pathname ?? "").replace(/\/+$/, "");
  const name = decoded(path).replace(/\/+$/, "").split("/").at(-1) ?? "";
  const possible =
    name !== "" && name !== "." && name !== ".." && Buffer.byteLength(name) <= 255 && !name.includes("\0");
  return possible ? name : UNNAMED;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An HTTP date (RFC 9110, section 5.6.7). */
function seconds(date: string | undefined): number | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
