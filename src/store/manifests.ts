import { formatPacking, type Packing, parsePacking } from "../image/packing.ts";
import type { Digest } from "../lib/digest.ts";
import { DistillError } from "../lib/errors.ts";
import type { StoreContext } from "./context.ts";
import type { Lease } from "./leases.ts";

/** What a stored manifest is of: an image, several of them, or something else that an index names (an attestation). */
export type ManifestKind = "image" | "index" | "artifact";

/** A row of `manifests` with what it refers to. */
export interface ManifestRow {
  readonly digest: Digest;
  readonly kind: ManifestKind;
  /** The config's digest; empty for an index. */
  readonly config: Digest | "";
  /** Blobs and manifests without which it is worth nothing. */
  readonly required: readonly Digest[];
  /** DiffIDs, whose blobs may be there in a packed form only. */
  readonly layers?: readonly Digest[];
  /** Of a fresh image: how its layers are to be packed. */
  readonly packing?: Packing;
}

/** What the digest is of; undefined where the store has no such manifest. */
export function kindOf({ database }: StoreContext, digest: Digest): ManifestKind | undefined {
  return database.get<{ kind: ManifestKind }>("SELECT kind FROM manifests WHERE digest = ?", digest)?.kind;
}

/** How the layers of a fresh image are to be packed; undefined for everything else. */
export function packingOf({ database }: StoreContext, digest: Digest): Packing | undefined {
  const row = database.get<{ packing: string | null }>("SELECT packing FROM manifests WHERE digest = ?", digest);
  return row?.packing ? parsePacking(row.packing) : undefined;
}

/** Inside a transaction: rows for a manifest whose blobs are all there, protected by the lease. STORE_CORRUPT else. */
export function recordManifestRow({ database }: StoreContext, lease: Lease, row: ManifestRow): void {
  const { digest, kind, config, required, layers = [], packing } = row;
  for (const blob of [digest, ...required]) {
    if (!lease.holdNow(blob)) {
      throw new DistillError("STORE_CORRUPT", `${kind} ${digest} needs ${blob}, which is missing`);
    }
  }
  // Replaced, not kept: a diffID that equals a packed digest must stay a required one.
  const insert = "INSERT OR REPLACE INTO refs (parent, child, required) VALUES (?, ?, ?)";
  for (const diffID of layers) database.run(insert, digest, diffID, 0);
  for (const blob of required) database.run(insert, digest, blob, 1);
  database.run(
    `INSERT INTO manifests (digest, config, kind, packing, used_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at`,
    ...[digest, config, kind, packing === undefined ? null : formatPacking(packing), Date.now()],
  );
}
