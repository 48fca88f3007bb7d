import { join } from "node:path";
import type { PackageSource } from "../compose/compose.ts";
import { packageFailure } from "../compose/package-failure.ts";
import { type Payload, readPayload } from "../compose/payload.ts";
import { type ComposeRequest, debianArchitecture } from "../compose/request.ts";
import { type Archives, type OpenArchive, openArchives } from "../debian/archive/archive.ts";
import { debianSources, furtherSources } from "../debian/archive/sources.ts";
import { openUnpackPool, type UnpackPool, unpackPackage } from "../debian/deb/deb.ts";
import { type DebOnDisk, indexOfDebs, requestFor } from "../debian/deb/local-debs.ts";
import { readDebControl } from "../debian/deb/unpack-deb.ts";
import type { PackageIndex } from "../debian/index/package-index.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { digestOf, hexOf } from "../lib/digest.ts";
import type { Progress } from "../lib/progress.ts";
import { BackingFile } from "../rootfs/content.ts";

export interface PackageSourceOptions {
  readonly request: ComposeRequest;
  readonly cacheDirectory: string;
  /** Unpacked packages lie here until the source is closed. */
  readonly temporaryDirectory: string;
  readonly offline: boolean;
  readonly refresh: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** Debian's archives as compose wants them: an index, and packages unpacked by worker threads as they arrive. */
export class DebianPackageSource implements PackageSource {
  readonly identity: readonly string[];
  readonly local: readonly string[];
  readonly #archives: Archives;
  readonly #debs: readonly DebOnDisk[];
  readonly #options: PackageSourceOptions;
  readonly #files: BackingFile[] = [];

  private constructor(archives: Archives, debs: readonly DebOnDisk[], options: PackageSourceOptions) {
    this.#archives = archives;
    this.#debs = debs;
    this.local = debs.map(requestFor);
    this.#options = options;
    const architecture = debianArchitecture(options.request.platform).name;
    this.identity = archives.releases.map((each) => packagesDigest(each, architecture));
  }

  /** Opens the archives of the request's suite: see openArchives for what can go wrong. */
  static async open(options: PackageSourceOptions): Promise<DebianPackageSource> {
    const { request, cacheDirectory, offline, refresh, progress, signal } = options;
    const own = await debianSources({ suite: request.suite });
    const debs: DebOnDisk[] = [];
    for (const deb of request.debs) debs.push({ ...deb, control: await readDebControl(deb.path) });
    const archives = await openArchives({
      sources: [...own, ...request.sources.flatMap((further) => furtherSources(further, own))],
      architecture: debianArchitecture(request.platform).name,
      cacheDirectory,
      offline,
      refresh,
      progress,
      signal,
    });
    return new DebianPackageSource(archives, debs, options);
  }

  async index(): Promise<PackageIndex> {
    return this.#archives.index(this.#debs.length === 0 ? [] : [await indexOfDebs(this.#debs)]);
  }

  async unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> {
    if (packages.length === 0) return [];
    // The largest first, so that no thread is left with one while the others have nothing more to do.
    const ordered = packages.toSorted((a, b) => b.size - a.size);
    const task = this.#options.progress.start(`Unpacking ${packages.length} packages`);
    const pool = openUnpackPool();
    try {
      const remote = ordered.filter((each) => !this.#isLocal(each));
      const paths = new Map(this.#archives.fetchDebs(remote).map((path, index) => [remote[index], path]));
      const payloads = await settled(ordered.map((each) => this.#payload(each, paths.get(each), pool)));
      task.end("done");
      return payloads;
    } catch (error) {
      task.end("failed");
      throw error;
    } finally {
      // At once, and not when the source is closed: each thread holds some 20 MB.
      await pool.close();
    }
  }

  /** Closes the files that payloads are read from. */
  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }

  /** A .deb on disk is an archive behind all others. */
  #isLocal(of: BinaryPackage): boolean {
    return of.archive === this.#archives.releases.length;
  }

  /** `path`: where its .deb is or will be; undefined for one that the user has. */
  async #payload(of: BinaryPackage, path: Promise<string> | undefined, pool: UnpackPool): Promise<Payload> {
    const dataTar = join(this.#options.temporaryDirectory, `${hexOf(of.digest)}.tar`);
    const { signal } = this.#options;
    const { digest } = of;
    try {
      const own = this.#debs.find((deb) => deb.digest === digest);
      const unpacked =
        path === undefined
          ? await pool.run({ path: own?.path ?? "", digest, dataTar }, signal)
          : await unpackPackage({ archives: this.#archives, pool, package: of, path, dataTar, signal });
      const file = new BackingFile(dataTar);
      this.#files.push(file);
      return await readPayload(of, unpacked, file);
    } catch (error) {
      throw packageFailure(of, error);
    }
  }
}

/** What the source's Packages file is: any form of it stands for its content. */
function packagesDigest({ source, release }: OpenArchive, architecture: string): string {
  const list = `${source.component}/binary-${architecture}/Packages`;
  const files = [...release.files].filter(([path]) => path === list || path.startsWith(`${list}.`));
  return `${source.uri} ${source.suite} ${digestOf(JSON.stringify(files))}`;
}

/** Waits for all, so that no work runs on behind a failure, then throws the first one. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
