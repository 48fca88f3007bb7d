import { DistillError } from "../lib/errors.ts";
import { decodeConfig, type ImageConfig, platformOf } from "./config.ts";
import { type Content, type IndexContent, ifHeld, isImage, type ManifestContent, rawConfigOf } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { isIndexType, layerCompression } from "./media-types.ts";
import { formatPlatform } from "./platform.ts";
import { refuseExcess } from "./select.ts";

/** Manifests and configs of one image index together; each of them is bounded too. */
const MAX_DOCUMENTS = 64 << 20;

/** A layer, or another blob of a manifest. Sizes in bytes. */
export interface InspectedLayer {
  readonly descriptor: Descriptor;
  /** Null for what is no layer of an image. */
  readonly diffID: string | null;
  readonly compressed: number;
  /** Null where only unpacking would tell. */
  readonly uncompressed: number | null;
}

/** What a manifest says, of an image or of another artifact. */
export interface InspectedManifest {
  readonly kind: "image" | "artifact";
  readonly content: ManifestContent;
  /** Absent for an artifact. */
  readonly config: { readonly raw: Uint8Array; readonly value: ImageConfig } | undefined;
  readonly platform: string | undefined;
  readonly layers: readonly InspectedLayer[];
  /** Sums over the layers; null as each of them. */
  readonly compressed: number;
  readonly uncompressed: number | null;
}

/** An entry of an index. */
export interface InspectedEntry {
  readonly descriptor: Descriptor;
  /** Absent where the source does not hold it. */
  readonly held: Inspection | undefined;
}

/** What an index says and names. */
export interface InspectedIndex {
  readonly kind: "index";
  readonly content: IndexContent;
  readonly entries: readonly InspectedEntry[];
}

export type Inspection = InspectedManifest | InspectedIndex;

/**
 * What an image, an artifact or an index says of itself, with the images of an index; manifests and configs are read,
 * layers are not. What cannot be known like that is null. Bounded as walkContent; errors as configOf.
 */
export async function inspect(content: Content): Promise<Inspection> {
  const seen = new Set<string>();
  let bytes = 0;
  const visit = async (each: Content, depth: number): Promise<Inspection> => {
    bytes += each.raw.length + (each.kind === "manifest" ? each.manifest.config.size : 0);
    if (bytes > MAX_DOCUMENTS)
      throw new DistillError("LIMIT_EXCEEDED", "the image index names more than 64 MiB of manifests");
    if (each.kind === "manifest") return inspectManifest(each);
    const entries: InspectedEntry[] = [];
    for (const descriptor of each.index.manifests) {
      const again = seen.has(descriptor.digest);
      seen.add(descriptor.digest);
      refuseExcess(depth, seen.size);
      // An index that names itself has no end.
      const child = again && isIndexType(descriptor.mediaType) ? undefined : await ifHeld(each.child(descriptor));
      entries.push({ descriptor, held: child && (await visit(child, depth + 1)) });
    }
    return { kind: "index", content: each, entries };
  };
  return visit(content, 1);
}

/** Every image below, with its entry where it is in an index; in order. */
export function imagesIn(inspection: Inspection): readonly InspectedManifest[] {
  if (inspection.kind !== "index") return inspection.kind === "image" ? [inspection] : [];
  return inspection.entries.flatMap(({ held }) => (held === undefined ? [] : imagesIn(held)));
}

async function inspectManifest(content: ManifestContent): Promise<InspectedManifest> {
  // BuildKit's attestations call their config an image's, and hold no file system.
  const unpackable = content.manifest.layers.every(({ mediaType }) => layerCompression(mediaType) !== undefined);
  const raw = isImage(content.manifest) && unpackable ? await rawConfigOf(content) : undefined;
  const value = raw && decodeConfig(raw);
  const known = value?.rootfs.diff_ids;
  const layers = content.manifest.layers.map((descriptor, index): InspectedLayer => {
    const plain = layerCompression(descriptor.mediaType) === "none" ? descriptor.size : null;
    return {
      descriptor,
      diffID: known?.length === content.manifest.layers.length ? (known[index] ?? null) : null,
      compressed: descriptor.size,
      uncompressed: content.layers?.[index]?.uncompressedSize ?? plain,
    };
  });
  return {
    kind: value === undefined ? "artifact" : "image",
    content,
    config: raw && value && { raw, value },
    platform: value && formatPlatform(platformOf(value)),
    layers,
    compressed: layers.reduce((sum, { compressed }) => sum + compressed, 0),
    uncompressed: layers.reduce<number | null>(
      (sum, { uncompressed }) => (sum === null || uncompressed === null ? null : sum + uncompressed),
      0,
    ),
  };
}
