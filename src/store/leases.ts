import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Blob, once } from "../image/image.ts";
import { digestMismatch } from "../image/verified.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { fromSystemError, isDistillError } from "../lib/errors.ts";
import { ownIdentity, type ProcessIdentity, stateOf } from "../lib/process-identity.ts";
import { type BlobInfo, findBlob, publishBlob, type StagedBlob, stageBlob } from "./blobs.ts";
import { type StoreContext, temporaryRoot } from "./context.ts";
import { keepPartials, SMALLEST_PARTIAL, stageResumed } from "./partial.ts";

/** A lease of a process that cannot be seen from here (another pid namespace) counts as live for this long, in ms. */
const UNSEEN_LIFETIME = 24 * 3600 * 1000;

/**
 * Protects what it holds from prune, until it is released or its process is gone: blobs written or held under it, what
 * those refer to, and a directory for temporary files. Tag an image before its lease is released.
 */
export class Lease {
  readonly id: string;
  /** Gone when the lease is released. */
  readonly temporaryDirectory: string;
  readonly #context: StoreContext;
  #released = false;

  /** @internal use `Store.lease` */
  constructor(context: StoreContext, purpose: string) {
    const { pid, process, namespace } = ownIdentity();
    this.#context = context;
    this.id = randomBytes(8).toString("hex");
    this.temporaryDirectory = join(temporaryRoot(context.root), this.id);
    // The row comes before the directory, so a directory that has no row belongs to nobody. Each lease is later than all that are
    // there, whatever the clock says: nobody may find another one before its own that came behind it.
    context.database.run(
      `INSERT INTO leases (id, purpose, pid, process, namespace, created_at)
        VALUES (?, ?, ?, ?, ?, max(?, (SELECT ifnull(max(created_at), 0) + 1 FROM leases)))`,
      ...[this.id, purpose, pid, process, namespace, Date.now()],
    );
    try {
      mkdirSync(this.temporaryDirectory);
    } catch (error) {
      throw fromSystemError(error, "creating", this.temporaryDirectory);
    }
  }

  /** Protects a blob that the store has; false where it does not have it. */
  hold(digest: Digest): boolean {
    return this.#context.database.transaction(() => this.holdNow(digest));
  }

  /**
   * Stores a stream as a blob. One that the store has already is not written again, and where `expected` says so
   * beforehand, not even read. Throws DIGEST_MISMATCH, DISK_FULL or IO; the store is as before then.
   */
  async writeBlob(source: AsyncIterable<Uint8Array>, expected?: BlobInfo): Promise<BlobInfo> {
    if (expected !== undefined && this.hold(expected.digest)) {
      await source[Symbol.asyncIterator]().return?.();
      const present = findBlob(this.#context, expected.digest);
      if (present !== undefined && present.size !== expected.size) {
        throw digestMismatch(expected, `${present.size} bytes instead of ${expected.size}`);
      }
      return expected;
    }
    const staged = await this.stage(source, expected);
    this.publish([staged]);
    return { digest: staged.digest, size: staged.size };
  }

  /**
   * Stores a stream as a blob, and does not wait for the disk: after a power cut, its bytes may be others. Whoever uses it in a
   * later boot of the machine has to read it whole first (`Store.openBlob`).
   */
  async writeUnflushed(source: AsyncIterable<Uint8Array>): Promise<BlobInfo> {
    this.#assertLive();
    const staged = await stageBlob(this.#temporaryPath(), source, undefined, false);
    this.publish([staged]);
    return { digest: staged.digest, size: staged.size };
  }

  /**
   * Stores a blob of another source. One that takes long to come goes on where an earlier try broke off, where its source
   * can do that. Throws as `writeBlob`, and CANCELLED.
   */
  async receiveBlob(blob: Blob, signal?: AbortSignal): Promise<void> {
    const { descriptor, openFrom } = blob;
    const { digest, size } = descriptor;
    if (openFrom === undefined || size < SMALLEST_PARTIAL || this.hold(digest)) {
      await this.writeBlob(untilCancelled(blob.open(), signal), { digest, size });
      return;
    }
    this.#assertLive();
    this.publish([await stageResumed(this.#context.root, this.temporaryDirectory, { ...blob, openFrom }, signal)]);
  }

  /**
   * Gives everything free and removes the temporary directory. May be called again. On a disk that has no room for saying so, it
   * ends with the process instead, as those of processes that were killed.
   */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    try {
      await rm(this.temporaryDirectory, { recursive: true, force: true });
    } catch (error) {
      throw fromSystemError(error, "removing", this.temporaryDirectory);
    }
    try {
      this.#context.database.run("DELETE FROM leases WHERE id = ?", this.id);
    } catch (error) {
      if (!isDistillError(error, "DISK_FULL")) throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** @internal writes a stream under a temporary name, to be published */
  stage(source: AsyncIterable<Uint8Array>, expected?: BlobInfo): Promise<StagedBlob> {
    this.#assertLive();
    return stageBlob(this.#temporaryPath(), source, expected);
  }

  /** @internal holds the small blobs that the store has and stages the others */
  async stageMissing(blobs: readonly Uint8Array[]): Promise<readonly StagedBlob[]> {
    const { database } = this.#context;
    const missing = database.transaction(() => blobs.filter((bytes) => !this.holdNow(digestOf(bytes))));
    return Promise.all(missing.map((bytes) => this.stage(once(bytes))));
  }

  /** @internal names staged blobs, holds them, and makes further changes in the same transaction */
  publish(staged: readonly StagedBlob[], also: () => void = () => {}): void {
    this.#context.database.transaction(() => {
      for (const blob of staged) {
        publishBlob(this.#context, blob);
        this.holdNow(blob.digest);
      }
      also();
    });
  }

  /** @internal `hold`, inside a transaction */
  holdNow(digest: Digest): boolean {
    this.#assertLive();
    if (findBlob(this.#context, digest) === undefined) return false;
    this.#context.database.run("INSERT OR IGNORE INTO lease_blobs (lease, digest) VALUES (?, ?)", this.id, digest);
    return true;
  }

  #temporaryPath(): string {
    return join(this.temporaryDirectory, randomBytes(8).toString("hex"));
  }

  #assertLive(): void {
    if (this.#released) throw new Error(`lease ${this.id} is used after its release`);
  }
}

/**
 * True while a process that is alive holds a lease for the same purpose that is older than this one: it does the same
 * work, and whoever came later can wait for its result.
 */
export function isLaterThanAnother({ database }: StoreContext, { id }: Lease): boolean {
  const query = `SELECT other.pid, other.process, other.namespace FROM leases AS own JOIN leases AS other
    ON other.purpose = own.purpose AND (other.created_at, other.id) < (own.created_at, own.id) WHERE own.id = ?`;
  return database.all<ProcessIdentity>(query, id).some((each) => stateOf(each) === "alive");
}

/** Does `work` unless a process that is alive holds a lease whose purpose begins like this; nobody gets one meanwhile. */
export function whileUnused({ database }: StoreContext, prefix: string, work: () => void): boolean {
  return database.transaction(() => {
    const query = "SELECT pid, process, namespace FROM leases WHERE substr(purpose, 1, length(?)) = ?";
    if (database.all<ProcessIdentity>(query, prefix, prefix).some((each) => stateOf(each) !== "dead")) return false;
    work();
    return true;
  });
}

/** The leases whose process is gone. */
export function staleLeases({ database }: StoreContext): readonly string[] {
  interface Row {
    readonly id: string;
    readonly pid: number;
    readonly process: string;
    readonly namespace: string;
    readonly created_at: number;
  }
  const rows = database.all<Row>("SELECT id, pid, process, namespace, created_at FROM leases");
  const isStale = (row: Row): boolean => {
    const state = stateOf(row);
    return state === "dead" || (state === "elsewhere" && Date.now() - row.created_at > UNSEEN_LIFETIME);
  };
  return rows.filter(isStale).map(({ id }) => id);
}

/**
 * Ends leases whose process is gone and removes their temporary directories. One that cannot be removed keeps its
 * lease, so that a later sweep tries again; these are returned.
 */
export function sweepLeases(context: StoreContext, stale: readonly string[]): readonly string[] {
  const failed: string[] = [];
  for (const id of stale) {
    const directory = join(temporaryRoot(context.root), id);
    keepPartials(context.root, directory);
    try {
      rmSync(directory, { recursive: true, force: true });
      context.database.run("DELETE FROM leases WHERE id = ?", id);
    } catch {
      failed.push(directory);
    }
  }
  return failed;
}
