import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { mapLimited } from "../../lib/concurrency.ts";
import { type Digest, hexOf } from "../../lib/digest.ts";
import { DistillError, isDistillError } from "../../lib/errors.ts";
import { writeAtomically, writeFully } from "../../lib/files.ts";
import { httpStatusOf } from "../../lib/http/errors.ts";
import { type ArchiveContext, MIRROR_HINT, OFFLINE_HINT, partialDirectory } from "./archive-context.ts";
import { consumeVerified } from "./verified-download.ts";

/** Downloads at a time. */
const PARALLEL = 6;

/** What to do where the snapshot archive does not help either. */
const SNAPSHOT_HINT =
  "try --refresh, or --update where there is a distill.lock; DISTILL_DEBIAN_SNAPSHOT names another snapshot archive";

/** A .deb and where it is to be had. */
export interface DebFile {
  /** "libc6 2.41-12+deb13u1", for messages. */
  readonly label: string;
  readonly url: string;
  /** Where else to look, in turn, once the mirror answers that it has no such file. */
  readonly snapshots: readonly string[];
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * The .debs that were downloaded, by SHA-256. One that lies here was whole and right when it got its name; whoever
 * unpacks it checks it again (unpack-deb.ts) and calls `discard` for one that was damaged since.
 */
export class DebCache {
  readonly #context: ArchiveContext;

  constructor(context: ArchiveContext) {
    this.#context = context;
  }

  path(deb: DebFile): string {
    return join(this.#context.cacheDirectory, "debs", `${hexOf(deb.digest)}.deb`);
  }

  /**
   * Paths of the .debs, in their order; what is missing is downloaded, a few at a time, as one task. Each promise is
   * fulfilled as soon as its file is there. After a failure no further download starts, and the promises of those that
   * did not start are rejected with it.
   */
  fetch(debs: readonly DebFile[]): readonly Promise<string>[] {
    const results = debs.map(() => Promise.withResolvers<string>());
    for (const { promise } of results) promise.catch(() => {});
    const missing = debs.flatMap((deb, index) => {
      if (!existsSync(this.path(deb))) return [{ deb, index }];
      results[index]?.resolve(this.path(deb));
      return [];
    });
    if (missing.length > 0) {
      void this.#fetchMissing(missing, results).catch((error: unknown) => {
        for (const { reject } of results) reject(error);
      });
    }
    return results.map(({ promise }) => promise);
  }

  /** Throws away a damaged .deb, with a warning that names it; offline, where it could not be had again, STORE_CORRUPT. */
  async discard(deb: DebFile): Promise<void> {
    const path = this.path(deb);
    if (this.#context.offline) {
      throw new DistillError("STORE_CORRUPT", `the cached package ${path} (${deb.label}) is damaged`, {
        hint: OFFLINE_HINT,
      });
    }
    this.#context.progress.warn(`the cached package ${path} (${deb.label}) is damaged; fetching it again`);
    await rm(path, { force: true });
  }

  async #fetchMissing(
    missing: readonly { readonly deb: DebFile; readonly index: number }[],
    results: readonly PromiseWithResolvers<string>[],
  ): Promise<void> {
    if (this.#context.offline) throw this.#offline(missing.map(({ deb }) => deb));
    const partial = await partialDirectory(this.#context);
    const received = new Float64Array(missing.length);
    const total = missing.reduce((sum, { deb }) => sum + deb.size, 0);
    const count = missing.length === 1 ? "1 package" : `${missing.length} packages`;
    const task = this.#context.progress.start(`Fetching ${count}`, total);
    const moved: DebFile[] = [];
    try {
      let fetched = 0;
      await mapLimited(missing, PARALLEL, async ({ deb, index }, place) => {
        const part = task.part(deb.label, deb.size);
        const onProgress = (bytes: number): void => {
          received[place] = bytes;
          part.advance(bytes);
          task.advance(received.reduce((sum, amount) => sum + amount, 0));
        };
        try {
          if ((await this.#download(deb, partial, onProgress)) === "snapshot") moved.push(deb);
          part.end("done", `${++fetched} of ${missing.length}`);
        } catch (error) {
          part.end("failed");
          throw error;
        }
        results[index]?.resolve(this.path(deb));
      });
      task.end();
      if (moved.length > 0) this.#context.progress.info(noteOnSnapshots(moved));
    } catch (error) {
      task.end("failed");
      throw error;
    }
  }

  /** Where the .deb was had from. */
  async #download(
    deb: DebFile,
    partial: string,
    onProgress: (received: number) => void,
  ): Promise<"mirror" | "snapshot"> {
    const { signal, policy } = this.#context;
    const { digest, size } = deb;
    const from = (urls: readonly string[], hint: string): Promise<void> => {
      const options = { signal, policy, onProgress, hint };
      const write = (handle: Parameters<typeof writeFully>[0]) =>
        consumeVerified({ urls, digest, size }, options, async (body) => {
          for await (const chunk of body) await writeFully(handle, chunk);
        });
      return writeAtomically(this.path(deb), partial, write, { durable: false });
    };
    try {
      await from([deb.url], `${MIRROR_HINT}; packages move on at updates: try --refresh`);
      return "mirror";
    } catch (error) {
      if (httpStatusOf(error) !== 404 || deb.snapshots.length === 0) throw error;
      await from(deb.snapshots, SNAPSHOT_HINT).catch((second: unknown) => {
        throw neither(error as DistillError, second);
      });
      return "snapshot";
    }
  }

  #offline(missing: readonly DebFile[]): DistillError {
    const named = missing.slice(0, 5).map(({ label }) => label);
    const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : "";
    return new DistillError("OFFLINE", `not in the cache: ${named.join(", ")}${more}`, { hint: OFFLINE_HINT });
  }
}

/** A failure over the network at the snapshot archive, with that of the mirror before it; any other as it is. */
function neither(atMirror: DistillError, atSnapshot: unknown): unknown {
  if (!isDistillError(atSnapshot, "NETWORK", "DIGEST_MISMATCH")) return atSnapshot;
  const { code, message, hint } = atSnapshot;
  return new DistillError(code, `${atMirror.message}, and the snapshot archive does not help: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: atSnapshot,
  });
}

function noteOnSnapshots(moved: readonly DebFile[]): string {
  const names = moved.map(({ label }) => label).sort();
  const shown = names.slice(0, 5).join(", ");
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `No longer at the mirror, fetched from the snapshot archive: ${shown}${more}`;
}
