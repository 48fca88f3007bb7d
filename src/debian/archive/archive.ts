import type { Digest } from "../../lib/digest.ts";
import { isDistillError } from "../../lib/errors.ts";
import { httpStatusOf } from "../../lib/http/errors.ts";
import type { IndexFile } from "../index/index-file.ts";
import { PackageIndex } from "../index/package-index.ts";
import { acceptRelease, type Freshness } from "./accept-release.ts";
import { type AccessOptions, type ArchiveContext, archiveContext } from "./archive-context.ts";
import { type Debs, openDebs } from "./debs.ts";
import { loadPackageList, type OpenPackageList } from "./package-list.ts";
import type { Release } from "./release.ts";
import type { ArchiveSource } from "./sources.ts";

export interface ArchiveOptions extends AccessOptions {
  readonly sources: readonly ArchiveSource[];
  /** Debian's name: "amd64". */
  readonly architecture: string;
  /** Ask the mirrors for something newer even if that was done a short while ago. */
  readonly refresh?: boolean;
  /** Packages that the index puts before other versions of theirs; see PackageIndex. */
  readonly preferred?: ReadonlySet<Digest>;
}

/** One source as it was found. */
export interface OpenArchive {
  readonly source: ArchiveSource;
  readonly release: Release;
}

/** Several archives as one. A package's `archive` is a position in `releases`. */
export interface Archives extends Debs {
  readonly releases: readonly OpenArchive[];
  /** The packages, with those of `further` as more archives; lists are read when they are first asked for (loadPackageList). */
  index(further?: readonly IndexFile[]): Promise<PackageIndex>;
}

/**
 * Opens the sources, all at the same time: releases verified and checked, package indexes in the cache. Fails with the first
 * source that fails: BAD_SIGNATURE, RELEASE_EXPIRED, RELEASE_ROLLED_BACK, DIGEST_MISMATCH, NETWORK, OFFLINE, each with
 * the address that it is about.
 */
export async function openArchives(options: ArchiveOptions): Promise<Archives> {
  const context = archiveContext(options);
  const freshness = options.refresh ? "current" : "cached";
  const releases = new SharedReleases(context);
  const opened = await allOrFirst(
    options.sources.map((source) => openSource(source, options.architecture, freshness, context, releases)),
  );
  const reluctant = new Set(opened.flatMap(({ release }, archive) => (release.notAutomatic ? [archive] : [])));
  let lists: Promise<readonly IndexFile[]> | undefined;
  return {
    ...openDebs(
      opened.map(({ source, release }) => ({ source, date: release.date })),
      context,
    ),
    releases: opened.map(({ source, release }) => ({ source, release })),
    index: async (further = []) => {
      lists ??= allOrFirst(opened.map(({ openIndex }) => openIndex()));
      return new PackageIndex([...(await lists), ...further], { reluctant, preferred: options.preferred ?? new Set() });
    },
  };
}

async function openSource(
  source: ArchiveSource,
  architecture: string,
  freshness: Freshness,
  context: ArchiveContext,
  releases: SharedReleases,
): Promise<OpenArchive & { readonly openIndex: OpenPackageList }> {
  const release = await releases.accept(source, freshness);
  try {
    return { source, release, openIndex: await loadPackageList(source, release, architecture, context) };
  } catch (error) {
    // A mirror in the middle of an update, or a release from the cache whose files are gone by now: once more from the top.
    const outdated = isDistillError(error, "DIGEST_MISMATCH") || httpStatusOf(error) === 404;
    if (context.offline || !outdated) throw error;
    const newer = await releases.accept(source, "anew").catch(() => {
      throw error;
    });
    return { source, release: newer, openIndex: await loadPackageList(source, newer, architecture, context) };
  }
}

/** Releases by address, suite and keys: the components of a suite are listed in one, which is asked for once. */
class SharedReleases {
  readonly #context: ArchiveContext;
  readonly #known = new Map<string, Promise<Release>>();

  constructor(context: ArchiveContext) {
    this.#context = context;
  }

  accept(source: ArchiveSource, freshness: Freshness): Promise<Release> {
    const keys = source.keys.map(({ armored }) => armored);
    const key = JSON.stringify([source.uri, source.suite, keys, freshness]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const accepted = acceptRelease(source, this.#context, freshness);
    this.#known.set(key, accepted);
    return accepted;
  }
}

/** Waits for all, so that nothing runs on behind a failure, then throws the first one. */
async function allOrFirst<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
