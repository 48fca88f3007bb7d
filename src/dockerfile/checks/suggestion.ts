/** Names that are compared with all others, and letters of one: what a person wrote by hand. */
const MAX_NAMES = 100;
const MAX_LETTERS = 100;

/** Changes of one letter up to which a name is taken for a slip. */
const MAX_DISTANCE = 2;

/**
 * The first of the candidates that are closest to a name, at most two insertions, deletions or replacements away (as
 * BuildKit counts; `lib/nearest` is made for words and knows swaps too). Undefined where the name itself is among them.
 */
export function slipOf(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let limit = MAX_DISTANCE + 1;
  for (const candidate of candidates) {
    if (candidate === name) return undefined;
    const distance = distanceBelow(name, candidate, limit);
    if (distance < limit) {
      best = candidate;
      limit = distance;
    }
  }
  return best;
}

/** `slipOf` for the names of one file; after many of them nothing is suggested any more, so that the work is bounded. */
export class Suggestions {
  #left = MAX_NAMES;

  slipOf(name: string, candidates: Iterable<string>): string | undefined {
    if (this.#left === 0 || name.length > MAX_LETTERS) return undefined;
    this.#left--;
    return slipOf(name, candidates);
  }
}

/** Levenshtein's distance, or `limit` where it is not below that. */
function distanceBelow(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    if (Math.min(...row) >= limit) return limit;
    last = row;
  }
  return Math.min(last[b.length] ?? 0, limit);
}

/** " (did you mean X?)", or nothing. */
export function suggested(meant: string | undefined): string {
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
}
