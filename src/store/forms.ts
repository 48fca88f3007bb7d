import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../lib/digest.ts";
import { findBlob } from "./blobs.ts";
import type { StoreContext } from "./context.ts";

/** One packed form of a layer. */
export interface Form {
  /** What made it: our own gzip by level and zlib, or, for one that came from elsewhere, its digest. */
  readonly algorithm: string;
  readonly descriptor: Descriptor;
}

/** The packed forms whose blobs are there, in a fixed order. */
export function formsOf(context: StoreContext, diffID: Digest): readonly Form[] {
  interface Row {
    readonly algorithm: string;
    readonly media_type: string;
    readonly digest: Digest;
    readonly size: number;
  }
  const query = "SELECT algorithm, media_type, digest, size FROM forms WHERE diff_id = ? ORDER BY algorithm";
  return context.database
    .all<Row>(query, diffID)
    .filter(({ digest }) => findBlob(context, digest) !== undefined)
    .map(({ algorithm, media_type, digest, size }) => ({
      algorithm,
      descriptor: { mediaType: media_type, digest, size },
    }));
}

/** True for a packed form of the layer that was made here, and did not come like that. */
export function isOwnForm({ database }: StoreContext, diffID: Digest, packed: Digest): boolean {
  const query = "SELECT 1 FROM forms WHERE diff_id = ? AND digest = ? AND algorithm <> digest";
  return database.get(query, diffID, packed) !== undefined;
}

/** Remembers a form; inside a transaction. */
export function recordForm({ database }: StoreContext, diffID: Digest, { algorithm, descriptor }: Form): void {
  const { mediaType, digest, size } = descriptor;
  database.run(
    "INSERT OR REPLACE INTO forms (diff_id, algorithm, media_type, digest, size) VALUES (?, ?, ?, ?, ?)",
    ...[diffID, algorithm, mediaType, digest, size],
  );
}
