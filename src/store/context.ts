import { join } from "node:path";
import type { Blob } from "../image/image.ts";
import type { Packing } from "../image/packing.ts";
import { type Digest, hexOf } from "../lib/digest.ts";
import type { SharedWork } from "../lib/shared-work.ts";
import type { Database } from "../lib/sqlite.ts";

/** What every part of the store works on: its directory and its database. */
export interface StoreContext {
  readonly root: string;
  readonly database: Database;
  /** How layers are packed for others. */
  readonly packing: Packing;
  /** Layers that are being packed right now, by diffID and packing. */
  readonly packingWork: SharedWork<string, Blob>;
  /** Layers that are being unpacked right now, by diffID. */
  readonly unpackingWork: SharedWork<Digest, void>;
}

export function databasePath(root: string): string {
  return join(root, "store.db");
}

export function blobDirectory(root: string): string {
  return join(root, "blobs", "sha256");
}

/** Where the blob's file is, or would be. */
export function blobPath(root: string, digest: Digest): string {
  return join(blobDirectory(root), hexOf(digest));
}

/** Parent of the leases' temporary directories; on the same file system as the blobs, so that a rename suffices. */
export function temporaryRoot(root: string): string {
  return join(root, "tmp");
}

/** Parent of unpacked trees. */
export function snapshotRoot(root: string): string {
  return join(root, "snapshots");
}
