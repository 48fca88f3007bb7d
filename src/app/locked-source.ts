import type { LockedChoice } from "../compose/choice/resolution.ts";
import type { LockedPackages } from "../compose/compose.ts";
import { type LockSection, lockIdentity } from "../compose/lock/lock.ts";
import { lockedChoice } from "../compose/lock/locked-choice.ts";
import type { Payload } from "../compose/packages/payload.ts";
import { archiveContext } from "../debian/archive/archive-context.ts";
import { type DebArchive, openDebs } from "../debian/archive/debs.ts";
import { type ArchiveSource, debianSnapshot, sourceKey } from "../debian/archive/sources.ts";
import { packageOfControl } from "../debian/index/control-package.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { withLocalDebs } from "./local-archive.ts";
import type { SourcesRequest } from "./package-source.ts";
import { PackageUnpacker, type UnpackedPackage, type UnpackOptions } from "./unpack-packages.ts";

export interface LockedSourceOptions extends UnpackOptions {
  /** One that fits the request. */
  readonly section: LockSection;
  readonly request: Pick<SourcesRequest, "debs">;
  /** Among them those that the section names. */
  readonly sources: readonly ArchiveSource[];
  readonly cacheDirectory: string;
  readonly offline: boolean;
}

/**
 * The packages of a lock: no release and no package list is asked for, and nothing at all before a package is needed. What
 * has to be known of a package stands in its own control file.
 */
export class LockedPackageSource implements LockedPackages {
  readonly identity: readonly string[];
  readonly local: readonly string[];
  readonly #section: LockSection;
  readonly #unpacker: PackageUnpacker;

  constructor(options: LockedSourceOptions) {
    const { section, sources } = options;
    const archives = section.archives.flatMap(({ key, date }): readonly DebArchive[] => {
      if (date === undefined) return [];
      const source = sources.find((each) => sourceKey(each) === key);
      if (source === undefined) throw new Error(`a lock that fits names ${key}, which is no source of the request`);
      return [{ source, date }];
    });
    const debs = openDebs(archives, archiveContext({ ...options, snapshot: debianSnapshot() }));
    this.identity = lockIdentity(section);
    this.local = localRequests(section, options.request);
    this.#section = section;
    this.#unpacker = new PackageUnpacker(withLocalDebs(debs, options.request.debs), options);
  }

  /** Fetches and unpacks all packages. CONFIG_INVALID where one is not what the lock says of it. */
  async choice(): Promise<LockedChoice> {
    const locked = this.#section.packages;
    const unpacked = await this.#unpacker.unpack(locked);
    const packages = locked.map((each, index) => {
      const { control } = unpacked[index] as UnpackedPackage;
      return packageOfControl(control, each, `package ${each.name} ${each.version}`);
    });
    return lockedChoice(this.#section, packages);
  }

  unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> {
    return this.#unpacker.payloads(packages);
  }

  /** Closes the files that packages are read from. */
  close(): Promise<void> {
    return this.#unpacker.close();
  }
}

/** `NAME=VERSION` of the .debs that the user has, in their order, as the lock knows them. */
function localRequests({ packages }: LockSection, { debs }: Pick<SourcesRequest, "debs">): readonly string[] {
  return debs.flatMap(({ digest }) => {
    const locked = packages.find((each) => each.digest === digest);
    return locked === undefined ? [] : [`${locked.name}=${locked.version}`];
  });
}
