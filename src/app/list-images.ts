import { platformOf } from "../image/config.ts";
import type { Image } from "../image/image.ts";
import { nameFilter } from "../image/name-filter.ts";
import { formatPlatform } from "../image/platform.ts";
import { formatFamiliar, parseReference } from "../image/reference.ts";
import type { Store } from "../store/store.ts";

/** One platform of an image of the store. Sizes are bytes of all layers. */
export interface ListedPlatform {
  readonly platform: string;
  /** Null for a fresh image, as is `compressed`: packing would tell. */
  readonly digest: string | null;
  readonly imageID: string;
  readonly compressed: number | null;
  readonly uncompressed: number;
}

/** A name of the store as `distill images` shows it; sizes are those of all its platforms together. */
export interface ListedImage {
  /** As people write it: `flask:latest`. */
  readonly name: string;
  /** Of the manifest, or of the index where there are several platforms; null for a fresh image. */
  readonly digest: string | null;
  /** Null for an index: each of its platforms has its own. */
  readonly imageID: string | null;
  readonly createdAt: Date;
  /** Null for a fresh image. */
  readonly compressed: number | null;
  readonly uncompressed: number;
  readonly platforms: readonly ListedPlatform[];
}

/** The names in the store that fit one of the patterns (all of them without any; see nameFilter), with what they stand for. */
export function listImages(store: Store, patterns: readonly string[] = []): readonly ListedImage[] {
  const filters = patterns.map(nameFilter);
  const fits = (reference: string): boolean =>
    filters.length === 0 || filters.some((filter) => filter(parseReference(reference)));
  const wanted = store.images().filter(({ reference }) => fits(reference));
  return wanted.map(({ reference, manifestDigest, configDigest, settled, createdAt }) => {
    const platforms = platformsOf(store, manifestDigest);
    return {
      name: formatFamiliar(parseReference(reference)),
      digest: settled ? manifestDigest : null,
      imageID: configDigest ?? null,
      createdAt,
      compressed: sum(platforms.map(({ compressed }) => compressed)),
      uncompressed: platforms.reduce((total, { uncompressed }) => total + uncompressed, 0),
      platforms,
    };
  });
}

/** Null where one of them is not known. */
function sum(sizes: readonly (number | null)[]): number | null {
  return sizes.reduce((total, size) => (total === null || size === null ? null : total + size), 0);
}

function platformsOf(store: Store, digest: string): readonly ListedPlatform[] {
  const index = store.index(digest);
  if (index !== undefined) return index.images.map(({ platform, image }) => describe(image, formatPlatform(platform)));
  const image = store.image(digest);
  return image === undefined ? [] : [describe(image, formatPlatform(platformOf(image.config())))];
}

function describe(image: Image, platform: string): ListedPlatform {
  return {
    platform,
    digest: image.settled ? image.manifestDigest : null,
    imageID: image.configDigest,
    compressed: image.settled ? sum(image.manifest().layers.map(({ size }) => size)) : null,
    uncompressed: image.layers.reduce((sum, layer) => sum + layer.uncompressedSize, 0),
  };
}
