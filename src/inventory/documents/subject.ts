import type { Platform } from "../../image/platform.ts";
import type { Digest } from "../../lib/digest.ts";
import type { RootPath } from "../../rootfs/path.ts";
import type { Inventory, InventorySummary } from "../inventory.ts";

/** What a document is about. */
export interface DocumentImage {
  /** As its user calls it. */
  readonly name: string;
  /** Digest of the config: it does not depend on how layers are packed. */
  readonly imageID: Digest;
  /** Undefined where the image is not packed yet, and nobody else could know the digest. */
  readonly manifestDigest: Digest | undefined;
  readonly platform: Platform;
  /** The time that the document carries (RFC 3339): the image's own, or that of SOURCE_DATE_EPOCH. No clock is asked. */
  readonly created: string | undefined;
}

/** Owners of files are needed where files are listed. */
export type DocumentInventory = InventorySummary & Partial<Pick<Inventory, "owners">>;

/** All that a document is made of: the same subject gives the same bytes. */
export interface DocumentSubject {
  readonly inventory: DocumentInventory;
  readonly image: DocumentImage;
  /** Version of distill. */
  readonly version: string;
  /** Where they are given, the document lists these files too, each with its digests. */
  readonly files?: ReadonlyMap<RootPath, FileDigests>;
}

/** In hexadecimal digits. SPDX 2.3 asks for SHA-1 of each file (section 8.4), everybody else for something better. */
export interface FileDigests {
  readonly sha1: string;
  readonly sha256: string;
}

/** In seconds and UTC, as SPDX wants it; the beginning of 1970 where the image has no time, or none that can be read. */
export function documentTime({ created }: DocumentImage): string {
  const given = created === undefined ? Number.NaN : Date.parse(created);
  const time = Number.isNaN(given) || given < 0 || given >= Date.UTC(10_000, 0) ? 0 : given;
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
