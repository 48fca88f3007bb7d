import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { packageFailure } from "../compose/packages/package-failure.ts";
import { type Payload, readPayload } from "../compose/packages/payload.ts";
import type { Debs, PoolFile } from "../debian/archive/debs.ts";
import { openUnpackPool, type UnpackPool, unpackPackage } from "../debian/deb/deb.ts";
import type { UnpackedDeb } from "../debian/deb/unpack-deb.ts";
import type { BinaryPackage } from "../debian/package/package.ts";
import { type Digest, hexOf } from "../lib/digest.ts";
import type { Progress } from "../lib/progress.ts";
import { BackingFile } from "../rootfs/content.ts";

export interface UnpackOptions {
  /** Unpacked packages lie here until the unpacker is closed. */
  readonly temporaryDirectory: string;
  /** All that packages say of themselves is wanted, as dpkg keeps it. */
  readonly wholeControl?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** A package taken apart; its files are read from `data`. */
export interface UnpackedPackage extends UnpackedDeb {
  readonly data: BackingFile;
}

/** Fetches packages and unpacks them in worker threads as they arrive, each once. */
export class PackageUnpacker {
  readonly #debs: Debs;
  readonly #options: UnpackOptions;
  /** Two of one build may unpack the same package at the same time. */
  readonly #id = randomBytes(4).toString("hex");
  readonly #unpacked = new Map<Digest, UnpackedPackage>();

  constructor(debs: Debs, options: UnpackOptions) {
    this.#debs = debs;
    this.#options = options;
  }

  /** The packages, in their order; they can be read until this is closed. */
  async unpack(packages: readonly PoolFile[]): Promise<readonly UnpackedPackage[]> {
    await this.#unpackMissing(packages.filter(({ digest }) => !this.#unpacked.has(digest)));
    return packages.map(({ digest }) => this.#unpacked.get(digest) as UnpackedPackage);
  }

  /** The packages as compose wants them. */
  async payloads(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> {
    const unpacked = await this.unpack(packages);
    return Promise.all(
      packages.map(async (of, index) => {
        const { data, ...rest } = unpacked[index] as UnpackedPackage;
        return named(of, () => readPayload(of, rest, data));
      }),
    );
  }

  /** Closes the files that packages are read from. */
  async close(): Promise<void> {
    await Promise.all([...this.#unpacked.values()].map(({ data }) => data.close()));
  }

  async #unpackMissing(packages: readonly PoolFile[]): Promise<void> {
    if (packages.length === 0) return;
    // The largest first, so that no thread is left with one while the others have nothing more to do.
    const ordered = packages.toSorted((a, b) => b.size - a.size);
    const task = this.#options.progress.start(`Unpacking ${packages.length} packages`);
    const pool = openUnpackPool();
    try {
      const paths = this.#debs.fetchDebs(ordered);
      await settled(ordered.map((each, index) => this.#unpackOne(each, paths[index] as Promise<string>, pool)));
      task.end("done");
    } catch (error) {
      task.end("failed");
      throw error;
    } finally {
      // At once, and not when this is closed: each thread holds some 20 MB.
      await pool.close();
    }
  }

  async #unpackOne(of: PoolFile, path: Promise<string>, pool: UnpackPool): Promise<void> {
    const { temporaryDirectory, wholeControl = false, signal } = this.#options;
    const dataTar = join(temporaryDirectory, `${hexOf(of.digest)}-${this.#id}.tar`);
    const request = { archives: this.#debs, pool, package: of, path, dataTar, wholeControl, signal };
    const unpacked = await named(of, () => unpackPackage(request));
    this.#unpacked.set(of.digest, { ...unpacked, data: new BackingFile(dataTar) });
  }
}

async function named<T>(of: PoolFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw packageFailure(of, error);
  }
}

/** Waits for all, so that no work runs on behind a failure, then throws the first one. */
async function settled(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(promises);
  await Promise.all(promises);
}
