import { recallRecord } from "../build/build-record.ts";
import type { LayerRecord } from "../build/stage-layer.ts";
import type { ImageConfig } from "../image/config.ts";
import { pairHistory } from "../image/history.ts";
import { recallComposedLayer } from "../inventory/composed-layer.ts";
import { type LayerStory, UNKNOWN_STORY } from "../inventory/layer-story.ts";
import type { Digest } from "../lib/digest.ts";
import type { Store } from "../store/store.ts";

/**
 * How each layer of an image came to be, lowest first: as its builder remembered it, where that was this store, else as the
 * history in its config tells it.
 */
export function layerStories(store: Store, imageID: Digest, config: ImageConfig): readonly LayerStory[] {
  const { diff_ids: diffIDs } = config.rootfs;
  const told = toldStories(diffIDs.length, config.history ?? []).map((story, index): LayerStory => {
    const diffID = diffIDs[index];
    const composed = diffID === undefined ? undefined : recallComposedLayer(store, diffID);
    return { ...story, composed };
  });
  const records = recallRecord(store, imageID);
  if (records === undefined || records.length !== diffIDs.length) return told;
  return records.map((record, index) => storyOf(record, told[index] ?? UNKNOWN_STORY));
}

function storyOf({ step, moves }: LayerRecord, told: LayerStory): LayerStory {
  if (step === undefined) return { ...told, kind: "base" };
  const { text, stage, line } = step;
  const known = (moves ?? []).map((move) => ({ ...move, packages: move.packages ?? [] }));
  return { ...told, kind: "step", text, stage, line, moves: known };
}

function toldStories(layers: number, history: Parameters<typeof pairHistory>[1]): readonly LayerStory[] {
  const stories: LayerStory[] = Array.from({ length: layers }, () => UNKNOWN_STORY);
  for (const { layer, entry } of pairHistory(layers, history)) {
    const text = entry?.created_by || entry?.comment;
    if (layer === undefined || !text) continue;
    // What distill composed is no instruction of anybody's.
    const kind = text.startsWith("distill compose") ? "base" : "told";
    stories[layer] = { ...UNKNOWN_STORY, kind, text };
  }
  return stories;
}
