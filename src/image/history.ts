import type { HistoryEntry } from "./config.ts";

/** A layer by its number from below, the step that made it, or one of both where the other is not known. */
export interface HistoryRow {
  readonly layer: number | undefined;
  readonly entry: HistoryEntry | undefined;
}

/**
 * Layers beside the history of their making (image-spec, config.md): a step with `empty_layer` made none. Where the
 * history speaks of another number of layers than there are, nothing says which step made which: then the layers come
 * first and the steps after them, unpaired.
 */
export function pairHistory(layers: number, history: readonly HistoryEntry[]): readonly HistoryRow[] {
  const made = history.filter((entry) => entry.empty_layer !== true).length;
  if (made !== layers) {
    const alone = Array.from({ length: layers }, (_, layer) => ({ layer, entry: undefined }));
    return [...alone, ...history.map((entry) => ({ layer: undefined, entry }))];
  }
  let next = 0;
  return history.map((entry) => ({ layer: entry.empty_layer === true ? undefined : next++, entry }));
}
