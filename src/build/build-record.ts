import type { Digest } from "../lib/digest.ts";
import { digestOf } from "../lib/digest.ts";
import type { Store } from "../store/store.ts";
import type { LayerRecord } from "./stage-layer.ts";

/** Changes whenever records are written otherwise. */
const FORM = 1;

/**
 * Remembers where the layers of an image come from: what only its builder knows. It is kept as long as the image is, under its
 * ID, which stays the same however the layers are packed.
 */
export function rememberRecord(store: Store, imageID: Digest, layers: readonly LayerRecord[]): void {
  store.rememberStep(keyOf(imageID), layers, [imageID]);
}

/** What `rememberRecord` was given; undefined for an image that was not built here, or whose record is gone. */
export function recallRecord(store: Store, imageID: Digest): readonly LayerRecord[] | undefined {
  return store.recallStep(keyOf(imageID)) as readonly LayerRecord[] | undefined;
}

function keyOf(imageID: Digest): string {
  return digestOf(JSON.stringify(["build record", FORM, imageID]));
}
