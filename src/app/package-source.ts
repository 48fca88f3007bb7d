import type { IndexedPackages } from "../compose/compose.ts";
import type { LockedArchive } from "../compose/lock/lock.ts";
import type { Payload } from "../compose/packages/payload.ts";
import { type ComposeRequest, debianArchitecture } from "../compose/request.ts";
import { type Archives, type OpenArchive, openArchives } from "../debian/archive/archive.ts";
import type { PoolFile } from "../debian/archive/debs.ts";
import {
  type ArchiveSource,
  debianSnapshot,
  debianSources,
  furtherSources,
  sourceKey,
} from "../debian/archive/sources.ts";
import { type DebOnDisk, indexOfDebs, requestFor } from "../debian/deb/local-debs.ts";
import { readDebControl } from "../debian/deb/unpack-deb.ts";
import type { PackageIndex } from "../debian/index/package-index.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { LOCAL_ARCHIVE, withLocalDebs } from "./local-archive.ts";
import { PackageUnpacker, type UnpackedPackage, type UnpackOptions } from "./unpack-packages.ts";

export interface PackageSourceOptions extends UnpackOptions {
  readonly request: SourcesRequest;
  readonly sources: readonly ArchiveSource[];
  readonly cacheDirectory: string;
  readonly offline: boolean;
  readonly refresh: boolean;
  /** Packages that are chosen before other versions of theirs, newer ones too. */
  readonly preferred: ReadonlySet<Digest>;
}

/** What of a request decides where packages come from. */
export type SourcesRequest = Pick<ComposeRequest, "suite" | "platform" | "sources" | "debs">;

/** The archives that a request's packages may come from. */
export async function sourcesOf(request: SourcesRequest): Promise<readonly ArchiveSource[]> {
  const own = await debianSources({ suite: request.suite });
  return [...own, ...request.sources.flatMap((further) => furtherSources(further, own))];
}

/** Archives as compose wants them: an index, and packages unpacked by worker threads as they arrive. */
export class ArchivePackageSource implements IndexedPackages {
  readonly identity: readonly string[];
  readonly local: readonly string[];
  /** What a package's `archive` is a position of. */
  readonly archives: readonly LockedArchive[];
  readonly #archives: Archives;
  readonly #debs: readonly DebOnDisk[];
  readonly #unpacker: PackageUnpacker;

  private constructor(archives: Archives, debs: readonly DebOnDisk[], options: PackageSourceOptions) {
    const architecture = debianArchitecture(options.request.platform).name;
    this.identity = [
      ...archives.releases.map((each) => packagesDigest(each, architecture)),
      ...[...options.preferred].sort(),
    ];
    this.archives = [
      ...archives.releases.map(({ source, release }) => ({ key: sourceKey(source), date: release.date })),
      ...(debs.length === 0 ? [] : [LOCAL_ARCHIVE]),
    ];
    this.local = debs.map(requestFor);
    this.#archives = archives;
    this.#debs = debs;
    this.#unpacker = new PackageUnpacker(withLocalDebs(archives, debs), options);
  }

  /** Opens the archives: see openArchives for what can go wrong. */
  static async open(options: PackageSourceOptions): Promise<ArchivePackageSource> {
    const { request, sources, cacheDirectory, offline, refresh, preferred, progress, signal } = options;
    const debs: DebOnDisk[] = [];
    for (const deb of request.debs) debs.push({ ...deb, control: await readDebControl(deb.path) });
    const archives = await openArchives({
      ...{ sources, cacheDirectory, offline, refresh, preferred, progress, signal },
      architecture: debianArchitecture(request.platform).name,
      snapshot: debianSnapshot(),
    });
    return new ArchivePackageSource(archives, debs, options);
  }

  async index(): Promise<PackageIndex> {
    return this.#archives.index(this.#debs.length === 0 ? [] : [await indexOfDebs(this.#debs)]);
  }

  unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> {
    return this.#unpacker.payloads(packages);
  }

  /** A single package, to look into it. */
  async open(of: PoolFile): Promise<UnpackedPackage> {
    return (await this.#unpacker.unpack([of]))[0] as UnpackedPackage;
  }

  /** Closes the files that packages are read from. */
  close(): Promise<void> {
    return this.#unpacker.close();
  }
}

/** What the source's Packages file is: any form of it stands for its content. */
function packagesDigest({ source, release }: OpenArchive, architecture: string): string {
  const list = `${source.component}/binary-${architecture}/Packages`;
  const files = [...release.files].filter(([path]) => path === list || path.startsWith(`${list}.`));
  return `${source.uri} ${source.suite} ${digestOf(JSON.stringify(files))}`;
}
