import { isDistillError } from "../../lib/errors.ts";
import { WorkerPool, workerUrl } from "../../lib/workers/pool.ts";
import type { Debs, PoolFile } from "../archive/debs.ts";
import type { UnpackedDeb, UnpackJob } from "./unpack-deb.ts";

/** Threads that take .debs apart. To be closed. */
export type UnpackPool = WorkerPool<UnpackJob, UnpackedDeb>;

export function openUnpackPool(options: { readonly size?: number } = {}): UnpackPool {
  return new WorkerPool(workerUrl(import.meta.url, "unpack-worker"), options);
}

export interface UnpackRequest {
  readonly archives: Pick<Debs, "fetchDeb" | "discardDeb">;
  readonly pool: UnpackPool;
  readonly package: PoolFile;
  /** Path of its .deb, or the promise of one (Debs.fetchDebs). */
  readonly path: string | Promise<string>;
  /** Path of the uncompressed data.tar that is made. */
  readonly dataTar: string;
  /** See UnpackJob. */
  readonly wholeControl?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks a package in a thread of the pool (unpackDeb has the promise). A .deb that was damaged in the cache is
 * fetched once more, with a warning that names it.
 */
export async function unpackPackage(request: UnpackRequest): Promise<UnpackedDeb> {
  const { archives, pool, dataTar, wholeControl = false, signal } = request;
  const digest = request.package.digest;
  const path = await request.path;
  try {
    return await pool.run({ path, digest, dataTar, wholeControl }, signal);
  } catch (error) {
    if (!isDistillError(error, "DIGEST_MISMATCH")) throw error;
    await archives.discardDeb(request.package);
    const again = await archives.fetchDeb(request.package);
    return pool.run({ path: again, digest, dataTar, wholeControl }, signal);
  }
}
