import { platformOf } from "../image/config.ts";
import type { Image } from "../image/image.ts";
import { nameFilter } from "../image/name-filter.ts";
import { formatPlatform } from "../image/platform.ts";
import { formatFamiliar, parseReference } from "../image/reference.ts";
import type { Store } from "../store/store.ts";

/** One platform of an image of the store. Sizes are bytes of all layers. */
export interface ListedPlatform {
  readonly platform: string;
  readonly digest: string;
  readonly imageID: string;
  readonly compressed: number;
  readonly uncompressed: number;
}

/** A name of the store as `distill images` shows it; sizes are those of all its platforms together. */
export interface ListedImage {
  /** As people write it: `flask:latest`. */
  readonly name: string;
  /** Of the manifest, or of the index where there are several platforms. */
  readonly digest: string;
  /** Null for an index: each of its platforms has its own. */
  readonly imageID: string | null;
  readonly createdAt: Date;
  readonly compressed: number;
  readonly uncompressed: number;
  readonly platforms: readonly ListedPlatform[];
}

/** The names in the store that fit one of the patterns (all of them without any; see nameFilter), with what they stand for. */
export function listImages(store: Store, patterns: readonly string[] = []): readonly ListedImage[] {
  const filters = patterns.map(nameFilter);
  const fits = (reference: string): boolean =>
    filters.length === 0 || filters.some((filter) => filter(parseReference(reference)));
  const wanted = store.images().filter(({ reference }) => fits(reference));
  return wanted.map(({ reference, manifestDigest, configDigest, createdAt }) => {
    const platforms = platformsOf(store, manifestDigest);
    const sum = (size: (each: ListedPlatform) => number) => platforms.reduce((total, each) => total + size(each), 0);
    return {
      name: formatFamiliar(parseReference(reference)),
      digest: manifestDigest,
      imageID: configDigest ?? null,
      createdAt,
      compressed: sum(({ compressed }) => compressed),
      uncompressed: sum(({ uncompressed }) => uncompressed),
      platforms,
    };
  });
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
    digest: image.manifestDigest,
    imageID: image.configDigest,
    compressed: image.manifest().layers.reduce((sum, layer) => sum + layer.size, 0),
    uncompressed: image.layers.reduce((sum, layer) => sum + layer.uncompressedSize, 0),
  };
}
