import { formatFamiliar, parseReference } from "../image/reference.ts";
import type { Store } from "../store/store.ts";

/** An image of the store as `distill images` shows it. Sizes are bytes of all layers. */
export interface ListedImage {
  /** As people write it: `flask:latest`. */
  readonly name: string;
  readonly digest: string;
  readonly imageID: string;
  readonly createdAt: Date;
  readonly compressed: number;
  readonly uncompressed: number;
}

/** Every name in the store with what it stands for. */
export function listImages(store: Store): readonly ListedImage[] {
  return store.images().flatMap(({ reference, manifestDigest, configDigest, createdAt }) => {
    const image = store.image(manifestDigest);
    if (image === undefined) return [];
    return [
      {
        name: formatFamiliar(parseReference(reference)),
        digest: manifestDigest,
        imageID: configDigest,
        createdAt,
        compressed: image.manifest().layers.reduce((sum, layer) => sum + layer.size, 0),
        uncompressed: image.layers.reduce((sum, layer) => sum + layer.uncompressedSize, 0),
      },
    ];
  });
}
