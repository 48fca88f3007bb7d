import { count, formatBytes } from "./format.ts";

/** Facts of an image that a build ends with. */
export interface ImageFacts {
  readonly layers: number;
  /** Undefined where nobody counted them. */
  readonly files: number | undefined;
  readonly packages: number;
  /** Bytes of the layers as tar streams. */
  readonly uncompressed: number;
  /** Bytes of the layers as they are sent; null where they are not packed yet. */
  readonly compressed: number | null;
}

/** "42.1 MB uncompressed, 14.2 MB compressed, 33 packages, 1400 files, 5 layers". */
export function describeImage(facts: ImageFacts): string {
  return [
    `${formatBytes(facts.uncompressed)} uncompressed`,
    ...(facts.compressed === null ? [] : [`${formatBytes(facts.compressed)} compressed`]),
    ...(facts.packages === 0 ? [] : [count(facts.packages, "package")]),
    ...(facts.files === undefined ? [] : [count(facts.files, "file")]),
    count(facts.layers, "layer"),
  ].join(", ");
}
