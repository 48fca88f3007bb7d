import type { Archives } from "../../debian/archive/archive.ts";
import { findChangelog, leadsToChangelog, type PackagedFile } from "../../debian/changelog/find-changelog.ts";
import { type DebMember, readDebFiles } from "../../debian/deb/unpack-deb.ts";
import type { BinaryPackage } from "../../debian/package/package.ts";
import { type DistillError, isDistillError } from "../../lib/errors.ts";
import { httpStatusOf } from "../../lib/http/errors.ts";
import type { OpenedArchive } from "./archive-at-hand.ts";
import { type ChangelogFacts, readChangelogFacts } from "./changelog-facts.ts";

/** A version of a source package whose changelog is wanted. */
export interface WantedChangelog {
  readonly name: string;
  readonly version: string;
}

/** So many packages of a source are looked into for its changelog, the smallest first. */
const MAX_TRIES = 8;
/** Bytes; of larger ones only the smallest of all is looked into. */
const SMALL_PACKAGE = 2 * 1024 * 1024;
/** Bytes of the changelogs of a package, as it has them. */
const MAX_DOCS = 16 * 1024 * 1024;

/**
 * What the changelogs say, one after the other as their packages arrive; a failure in place of those that could not be
 * fetched. The smallest package of each source is fetched, all in one go.
 */
export async function* fetchChangelogs(
  { archives, index }: OpenedArchive,
  wanted: readonly WantedChangelog[],
): AsyncGenerator<readonly [WantedChangelog, ChangelogFacts | DistillError]> {
  const packages = new Map<string, BinaryPackage[]>();
  for (const each of index.builtFrom(new Set(wanted.map(keyOf)))) {
    const built = packages.get(keyOf(each.source)) ?? [];
    packages.set(keyOf(each.source), [...built, each]);
  }
  const shelf = new DebShelf(archives);
  const candidates = wanted.map((each) => (packages.get(keyOf(each)) ?? []).sort((a, b) => a.size - b.size));
  shelf.order(candidates.flatMap(([smallest]) => (smallest === undefined ? [] : [smallest])));
  for (const [at, each] of wanted.entries()) yield [each, await changelogOf(candidates[at] ?? [], shelf)];
}

function keyOf({ name, version }: WantedChangelog): string {
  return `${name} ${version}`;
}

async function changelogOf(
  packages: readonly BinaryPackage[],
  shelf: DebShelf,
): Promise<ChangelogFacts | DistillError> {
  const open = (of: BinaryPackage) => shelf.open(of);
  const tried = packages.slice(0, MAX_TRIES).filter(({ size }, at) => at === 0 || size <= SMALL_PACKAGE);
  try {
    // Links may lead into the largest package of all, the source of a kernel: first those that have one of their own.
    for (const owners of [(each: BinaryPackage) => [each], () => packages]) {
      for (const each of tried) {
        const text = await findChangelog(each, owners(each), open);
        if (text !== undefined) return await readChangelogFacts(text);
      }
    }
    return { entries: [], cut: "its packages have no changelog" };
  } catch (error) {
    if (!isDistillError(error) || error.code === "CANCELLED") throw error;
    // What is wrong with the package stays wrong.
    return isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED", "UNSUPPORTED")
      ? { entries: [], cut: error.message }
      : error;
  }
}

/** The .debs that are looked into, and the changelogs and links in them. */
class DebShelf {
  readonly #archives: Archives;
  readonly #paths = new Map<BinaryPackage, Promise<string>>();
  readonly #opened = new Map<BinaryPackage, readonly PackagedFile[]>();

  constructor(archives: Archives) {
    this.#archives = archives;
  }

  /** Fetches what will be opened. */
  order(packages: readonly BinaryPackage[]): void {
    for (const [at, path] of this.#archives.fetchDebs(packages).entries()) {
      this.#paths.set(packages[at] as BinaryPackage, path);
    }
  }

  async open(of: BinaryPackage): Promise<readonly PackagedFile[]> {
    const known = this.#opened.get(of);
    if (known !== undefined) return known;
    const files = (await this.#read(of)).map(packagedFile);
    this.#opened.set(of, files);
    return files;
  }

  async #read(of: BinaryPackage): Promise<readonly DebMember[]> {
    const path = await this.#fetch(of);
    const job = { path, digest: of.digest, maxWanted: MAX_DOCS, wanted: leadsToChangelog };
    try {
      return await readDebFiles(job);
    } catch (error) {
      if (!isDistillError(error, "DIGEST_MISMATCH")) throw error;
      await this.#archives.discardDeb(of);
      return readDebFiles({ ...job, path: await this.#archives.fetchDeb(of) });
    }
  }

  /** One that is missing at the mirror keeps the others from being fetched with it, and not from being fetched alone. */
  async #fetch(of: BinaryPackage): Promise<string> {
    try {
      return await (this.#paths.get(of) ?? this.#archives.fetchDeb(of));
    } catch (error) {
      if (httpStatusOf(error) === undefined && !isDistillError(error, "DIGEST_MISMATCH")) throw error;
      return this.#archives.fetchDeb(of);
    }
  }
}

function packagedFile({ header, bytes }: DebMember): PackagedFile {
  return {
    header,
    async *content() {
      yield bytes;
    },
  };
}
