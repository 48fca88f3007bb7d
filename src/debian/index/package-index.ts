import type { Digest } from "../../lib/digest.ts";
import type { BinaryPackage } from "../package/package.ts";
import { compareVersions } from "../package/version.ts";
import type { IndexFile } from "./index-file.ts";
import { nearNames } from "./names.ts";

/** A package that stands in for another name. */
export interface Provider {
  readonly package: BinaryPackage;
  /** The version of the name that it provides; undefined satisfies only relations without a version. */
  readonly version: string | undefined;
}

/** What counts more than a version when packages of one name are put in order. */
export interface Ranks {
  /** Archives whose packages come after all others (apt's NotAutomatic). */
  readonly reluctant: ReadonlySet<number>;
  /** Packages that come before all others of their name: those of a lock. */
  readonly preferred: ReadonlySet<Digest>;
}

/** The packages of several archives as one. Packages are parsed when they are first asked for, and kept. */
export class PackageIndex {
  readonly #files: readonly IndexFile[];
  readonly #ranks: Ranks;
  readonly #parsed: readonly Map<number, BinaryPackage>[];
  readonly #versions = new Map<string, readonly BinaryPackage[]>();
  readonly #providers = new Map<string, readonly Provider[]>();

  /**
   * A package's `archive` is the position of its file in `files`.
   */
  constructor(files: readonly IndexFile[], ranks: Partial<Ranks> = {}) {
    this.#files = files;
    this.#ranks = { reluctant: new Set(), preferred: new Set(), ...ranks };
    this.#parsed = files.map(() => new Map());
  }

  /**
   * All packages of that name: preferred ones first, those of reluctant archives last, else the highest version first; of
   * equal versions the one of the later archive.
   */
  versions(name: string): readonly BinaryPackage[] {
    let found = this.#versions.get(name);
    if (found === undefined) {
      found = this.#files
        .flatMap((file, archive) => file.find(name).map((position) => this.#package(archive, position)))
        .sort(this.#preferredFirst);
      this.#versions.set(name, found);
    }
    return found;
  }

  /** The packages that provide the name, by package name, then as in `versions`. */
  providers(name: string): readonly Provider[] {
    let found = this.#providers.get(name);
    if (found === undefined) {
      const packages = this.#files.flatMap((file, archive) =>
        [...new Set(file.findProviders(name))].map((position) => this.#package(archive, position)),
      );
      found = packages
        .sort((a, b) => (a.name === b.name ? this.#preferredFirst(a, b) : a.name < b.name ? -1 : 1))
        .flatMap((provider) =>
          provider.provides
            .filter((provided) => provided.name === name)
            .map((provided) => ({ package: provider, version: provided.version })),
        );
      this.#providers.set(name, found);
    }
    return found;
  }

  /** The source of every package, in no order: those that many packages are built from come as often. */
  *sources(): Generator<{ readonly source: BinaryPackage["source"]; readonly archive: number }> {
    for (const [archive, file] of this.#files.entries()) {
      for (let position = 0; position < file.count; position++) yield { source: file.sourceAt(position), archive };
    }
  }

  /** The packages that are built from one of these versions of sources, given as `NAME VERSION`. */
  builtFrom(sources: ReadonlySet<string>): readonly BinaryPackage[] {
    const found: BinaryPackage[] = [];
    for (const [archive, file] of this.#files.entries()) {
      for (let position = 0; position < file.count; position++) {
        const { name, version } = file.sourceAt(position);
        if (sources.has(`${name} ${version}`)) found.push(this.#package(archive, position));
      }
    }
    return found;
  }

  /** The names of all packages, each once; sorted within an archive. */
  *names(): Generator<string> {
    const seen = new Set<string>();
    for (const file of this.#files) {
      for (let position = 0; position < file.count; position++) {
        const name = file.nameAt(position);
        if (seen.has(name)) continue;
        seen.add(name);
        yield name;
      }
    }
  }

  /** Up to `count` names that may have been meant, best first. */
  near(name: string, count: number): string[] {
    return nearNames(name, this.names(), count);
  }

  readonly #preferredFirst = (a: BinaryPackage, b: BinaryPackage): number => {
    const { preferred, reluctant } = this.#ranks;
    const rank = (each: BinaryPackage): number => {
      if (preferred.has(each.digest)) return 0;
      return reluctant.has(each.archive) ? 2 : 1;
    };
    return rank(a) - rank(b) || newestFirst(a, b);
  };

  #package(archive: number, position: number): BinaryPackage {
    const parsed = this.#parsed[archive] as Map<number, BinaryPackage>;
    let found = parsed.get(position);
    if (found === undefined) {
      found = (this.#files[archive] as IndexFile).packageAt(position, archive);
      parsed.set(position, found);
    }
    return found;
  }
}

function newestFirst(a: BinaryPackage, b: BinaryPackage): number {
  return compareVersions(b.version, a.version) || b.archive - a.archive;
}
