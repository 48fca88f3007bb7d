import type { BinaryPackage } from "../package/package.ts";
import type { ArchiveContext } from "./archive-context.ts";
import { DebCache, type DebFile } from "./deb-cache.ts";
import { snapshotUrls } from "./snapshot.ts";
import type { ArchiveSource } from "./sources.ts";

/** What has to be known of a package to fetch it. */
export type PoolFile = Pick<BinaryPackage, "name" | "version" | "filename" | "size" | "digest" | "archive">;

/** An archive that packages are fetched from. A package's `archive` is a position in a list of these. */
export interface DebArchive {
  readonly source: ArchiveSource;
  /** Date of the release that listed the packages, in milliseconds since the epoch. */
  readonly date: number;
}

/** The packages of archives as files. */
export interface Debs {
  /**
   * Paths of the packages' .debs in the cache, downloaded and verified where they were missing; see DebCache.fetch.
   * The promises may be left unawaited.
   */
  fetchDebs(packages: readonly PoolFile[]): readonly Promise<string>[];
  /** One of fetchDebs. */
  fetchDeb(from: PoolFile): Promise<string>;
  /** For a .deb of the cache that turned out to be damaged; see DebCache.discard. */
  discardDeb(damaged: PoolFile): Promise<void>;
}

/** Opens the pools of archives: nothing is asked of them before a package is fetched. */
export function openDebs(archives: readonly DebArchive[], context: ArchiveContext): Debs {
  const cache = new DebCache(context);
  const fileOf = (from: PoolFile): DebFile => debFile(from, archives, context);
  const fetchDebs = (packages: readonly PoolFile[]) => cache.fetch(packages.map(fileOf));
  return {
    fetchDebs,
    fetchDeb: (from) => fetchDebs([from])[0] as Promise<string>,
    discardDeb: (damaged) => cache.discard(fileOf(damaged)),
  };
}

function debFile(from: PoolFile, archives: readonly DebArchive[], { snapshot, now }: ArchiveContext): DebFile {
  const archive = archives[from.archive];
  if (archive === undefined) throw new Error(`${from.name} is of archive ${from.archive}, of which there is none`);
  const { name, uri } = archive.source;
  const path = from.filename.replaceAll("%", "%25");
  const place = name === undefined ? undefined : { archive: name, path, date: archive.date };
  return {
    label: `${from.name} ${from.version}`,
    url: `${uri}/${path}`,
    snapshots: place === undefined || snapshot === undefined ? [] : snapshotUrls(snapshot, place, now()),
    digest: from.digest,
    size: from.size,
  };
}
