import { mapLimited } from "../concurrency.ts";
import { DistillError } from "../errors.ts";
import { readObjects, readSizes } from "./objects.ts";
import { type Remote, submoduleRemote } from "./remote.ts";
import type { Repositories } from "./repositories.ts";
import type { Git, GitRun } from "./run-git.ts";
import { readSubmodules, type SubmoduleSettings } from "./submodules.ts";
import { type GitTreeEntry, parseCommit, parseTree } from "./tree-object.ts";

/** A repository at one commit. */
export interface Revision {
  readonly remote: Remote;
  /** A commit, or a tag that leads to one. */
  readonly object: string;
}

/** What every entry has; paths are bytes as latin1, without a slash at either end. */
interface EntryBase {
  readonly path: string;
  /** The object; of a submodule, the commit that is wanted of it. */
  readonly id: string;
  /** Which repository has it: a position in `revisions`. */
  readonly revision: number;
}

/** An entry of a checkout. */
export type CheckoutEntry =
  | (EntryBase & { readonly type: "directory" | "submodule" })
  | (EntryBase & { readonly type: "symlink"; readonly target: string })
  | (EntryBase & {
      readonly type: "file";
      readonly executable: boolean;
      /** Bytes. */
      readonly size: number;
    });

/** The files of a commit and of the submodules in it, with nothing read of what is in them. */
export interface Checkout {
  readonly commit: string;
  /** The objects that name the commit, one through the other, and the commit last: tags come before it. */
  readonly chain: readonly string[];
  /** Its topmost directory. */
  readonly root: string;
  /** Of the commit, in seconds since the epoch. */
  readonly time: number;
  /** Directories before what is in them. A submodule is a directory as well. */
  readonly entries: readonly CheckoutEntry[];
  /** The repository itself first. */
  readonly revisions: readonly Revision[];
}

export interface CheckoutOptions {
  readonly git: Git;
  readonly repositories: Repositories;
  readonly submodules: boolean;
  /** Only what lies in this directory, and paths relative to it. */
  readonly subdirectory: readonly string[];
  /** Adds who somebody is to the server of a submodule. */
  readonly withLogin?: (remote: Remote) => Remote;
  readonly run: GitRun;
}

const MAX_ENTRIES = 1_000_000;
const MAX_PATH = 4096;
const MAX_SUBMODULES = 1000;
const MAX_NESTING = 20;
const PARALLEL = 4;

/**
 * Lists a checkout from the objects of a repository, which `git checkout` has no part in: nothing is written under names
 * that the repository chooses, no link of it is followed, and neither filters nor conversions of line ends (.gitattributes)
 * run. So files are exactly as they were committed; what large file storage (LFS) keeps elsewhere stays a pointer to it.
 * NO_SUCH_PATH where the subdirectory is none; FORMAT_INVALID, LIMIT_EXCEEDED for what no honest repository holds.
 */
export async function readCheckout(revision: Revision, options: CheckoutOptions): Promise<Checkout> {
  const walk = new Walk(options);
  const head = await walk.repository(revision, "", 0);
  return { ...head, entries: await walk.done(), revisions: walk.revisions };
}

type Head = Pick<Checkout, "commit" | "chain" | "root" | "time">;

/** A directory that is still to be read. */
interface Pending {
  readonly path: string;
  readonly id: string;
}

type Found = Pending & { readonly type: GitTreeEntry["type"]; readonly revision: number };

class Walk {
  readonly revisions: Revision[] = [];
  readonly #options: CheckoutOptions;
  readonly #wanted: string;
  readonly #found: Found[] = [];

  constructor(options: CheckoutOptions) {
    this.#options = options;
    this.#wanted = Buffer.from(options.subdirectory.join("/"), "utf8").toString("latin1");
  }

  /** Lists one repository below `prefix`, and its submodules. */
  async repository(revision: Revision, prefix: string, nesting: number): Promise<Head> {
    if (nesting > MAX_NESTING || this.revisions.length > MAX_SUBMODULES) {
      throw new DistillError("LIMIT_EXCEEDED", `${this.revisions[0]?.remote.shown} has too many submodules`);
    }
    const place = this.revisions.push(revision) - 1;
    const { git, repositories, run } = this.#options;
    const own = loginFor(revision.remote, run);
    const read = await repositories.use(revision.remote, revision.object, own, async (repository) => {
      const chain = await repositories.chainOf(repository, revision.object, run.signal);
      const commit = chain.at(-1) as string;
      const [object] = await readObjects(git, repository, [commit], run.signal);
      const { tree, time } = parseCommit(object?.body ?? Buffer.alloc(0));
      const { root, found } = await this.#list(repository, tree, prefix, place);
      const links = found.filter(({ type }) => type === "submodule");
      const settings =
        links.length > 0 && this.#options.submodules
          ? await readSubmodules(git, repository, root, run.signal)
          : undefined;
      return { head: { commit, chain, root: tree, time }, found, links, settings };
    });
    for (const each of read.found) this.#found.push(each);
    if (read.settings !== undefined) await this.#submodules(revision, prefix, read.links, read.settings, nesting);
    return read.head;
  }

  /** Everything with its size and target, in order. */
  async done(): Promise<readonly CheckoutEntry[]> {
    const below = this.#wanted === "" ? "" : `${this.#wanted}/`;
    if (below !== "") this.#requireDirectory();
    const found = this.#found.filter(({ path }) => path.startsWith(below));
    const details = new Map<string, number | string>();
    for (const [place, revision] of this.revisions.entries()) await this.#details(place, revision, found, details);
    const entries = found.map(({ path, type, id, revision }): CheckoutEntry => {
      const base = { path: path.slice(below.length), id, revision };
      if (type === "directory" || type === "submodule") return { ...base, type };
      const detail = details.get(`${revision} ${id} ${type === "symlink"}`);
      if (type === "symlink") return { ...base, type, target: String(detail) };
      return { ...base, type: "file", executable: type === "executable", size: Number(detail) };
    });
    return entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  async #list(
    repository: string,
    tree: string,
    prefix: string,
    revision: number,
  ): Promise<{ readonly root: readonly GitTreeEntry[]; readonly found: readonly Found[] }> {
    const { git, run } = this.#options;
    const found: Found[] = [];
    let root: readonly GitTreeEntry[] | undefined;
    let level: readonly Pending[] = [{ path: prefix, id: tree }];
    while (level.length > 0) {
      const ids = [...new Set(level.map(({ id }) => id))];
      const trees = new Map<string, readonly GitTreeEntry[]>();
      for (const { id, type, body } of await readObjects(git, repository, ids, run.signal)) {
        if (type !== "tree")
          throw new DistillError("FORMAT_INVALID", `${id} of a repository is a ${type}, and no directory`);
        trees.set(id, parseTree(body, id.length / 2));
      }
      root ??= trees.get(tree);
      const next: Pending[] = [];
      for (const directory of level) {
        for (const entry of trees.get(directory.id) ?? []) {
          const path = directory.path === "" ? entry.name : `${directory.path}/${entry.name}`;
          if (!this.#leadsToWanted(path)) continue;
          this.#bound(path, found.length);
          found.push({ path, type: entry.type, id: entry.id, revision });
          if (entry.type === "directory") next.push({ path, id: entry.id });
        }
      }
      level = next;
    }
    return { root: root ?? [], found };
  }

  async #submodules(
    { remote }: Revision,
    prefix: string,
    links: readonly Found[],
    settings: ReadonlyMap<string, SubmoduleSettings>,
    nesting: number,
  ): Promise<void> {
    const { localFiles } = this.#options.git.settings;
    const { withLogin = (from) => from } = this.#options;
    const wanted = links.flatMap(({ path, id }) => {
      const inside = prefix === "" ? path : path.slice(prefix.length + 1);
      const known = settings.get(inside);
      if (known === undefined) throw noAddress(remote, inside);
      if (known.skipped) return [];
      return [
        { path, id, remote: withLogin(submoduleRemote(remote, known.url, localFiles === true ? { localFiles } : {})) },
      ];
    });
    // All are fetched side by side first, then listed in order.
    await mapLimited(wanted, PARALLEL, ({ remote: from, id }) =>
      this.#options.repositories.get(from, id, loginFor(from, this.#options.run)),
    );
    for (const { remote: from, id, path } of wanted) {
      await this.repository({ remote: from, object: id }, path, nesting + 1);
    }
  }

  /** Sizes of files and targets of links of one repository. */
  async #details(
    place: number,
    { remote, object }: Revision,
    found: readonly Found[],
    into: Map<string, number | string>,
  ): Promise<void> {
    const { git, repositories, run } = this.#options;
    const own = found.filter(({ revision }) => revision === place);
    const files = [...new Set(own.filter(({ type }) => type === "file" || type === "executable").map(({ id }) => id))];
    const links = [...new Set(own.filter(({ type }) => type === "symlink").map(({ id }) => id))];
    if (files.length === 0 && links.length === 0) return;
    await repositories.use(remote, object, loginFor(remote, run), async (repository) => {
      const sizes = files.length === 0 ? [] : await readSizes(git, repository, files, "blob", run.signal);
      for (const [index, id] of files.entries()) into.set(`${place} ${id} false`, sizes[index] as number);
      for (const { id, body } of links.length === 0 ? [] : await readObjects(git, repository, links, run.signal)) {
        if (body.length === 0 || body.length > MAX_PATH || body.includes(0)) {
          throw new DistillError("FORMAT_INVALID", `a symbolic link in ${remote.shown} leads to no possible path`);
        }
        into.set(`${place} ${id} true`, body.toString("latin1"));
      }
    });
  }

  /** Above the wanted directory, itself, or in it. */
  #leadsToWanted(path: string): boolean {
    return (
      this.#wanted === "" ||
      this.#wanted.startsWith(`${path}/`) ||
      this.#wanted === path ||
      path.startsWith(`${this.#wanted}/`)
    );
  }

  #bound(path: string, more: number): void {
    const { remote } = this.revisions[0] as Revision;
    if (path.length > MAX_PATH) {
      throw new DistillError("LIMIT_EXCEEDED", `a path in ${remote.shown} is longer than ${MAX_PATH} bytes`);
    }
    if (this.#found.length + more >= MAX_ENTRIES) {
      throw new DistillError("LIMIT_EXCEEDED", `${remote.shown} has more than ${MAX_ENTRIES} files`);
    }
  }

  #requireDirectory(): void {
    const { remote } = this.revisions[0] as Revision;
    const found = this.#found.find(({ path }) => path === this.#wanted);
    if (found?.type === "directory" || found?.type === "submodule") return;
    const name = this.#options.subdirectory.join("/");
    const what = found === undefined ? "has no directory" : `has a ${found.type}, and no directory, at`;
    throw new DistillError("NO_SUCH_PATH", `${remote.shown} ${what} ${name}`, {
      hint: "check what the address names behind the ref",
    });
  }
}

/** The same run with the credentials of another remote. */
export function loginFor(remote: Remote, run: GitRun): GitRun {
  const { login: _, ...rest } = run;
  if (remote.origin === undefined || remote.credentials === undefined) return rest;
  return { ...rest, login: { origin: remote.origin, credentials: remote.credentials } };
}

function noAddress(remote: Remote, path: string): DistillError {
  const shown = Buffer.from(path, "latin1").toString("utf8");
  return new DistillError(
    "FORMAT_INVALID",
    `${remote.shown} has a submodule at ${shown}, and .gitmodules has no address of it`,
    {
      hint: "submodules=false in the address leaves submodules out",
    },
  );
}
