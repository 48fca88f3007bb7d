import type { Content } from "../rootfs/content.ts";
import type { RootPath } from "../rootfs/path.ts";
import type { Claim } from "./claim.ts";
import type { Warn } from "./warn.ts";

/** A file of a layer, under one of its names. */
export interface LayerFile {
  /** As the layer has it. */
  readonly path: RootPath;
  /** Permission bits. */
  readonly mode: number;
  readonly content: Content;
}

/** The files of one layer; links of it are not followed, and nothing of the layers below is known. */
export interface LayerView {
  file(path: RootPath): LayerFile | undefined;
}

/**
 * Reads one kind of record. `read` is called for each file that `wants` accepts by its path, mode and size, and says what the
 * file claims; nothing, where it is something else after all. It never throws for what a file holds: what cannot be read is
 * told (`/path: what is wrong`, once a file and kind of problem), and the rest is given all the same. Time and memory are bounded
 * whatever the bytes are.
 */
export interface Cataloger {
  readonly name: string;
  wants(file: LayerFile): boolean;
  read(file: LayerFile, layer: LayerView, warn: Warn): Promise<readonly Claim[]>;
}
