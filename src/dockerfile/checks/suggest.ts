/** Letters by which a name may differ to be what was meant. */
const FARTHEST = 2;

/** The first of the names that differs least, if by no more than two letters; undefined where one is the same. */
export function closest(text: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = FARTHEST + 1;
  for (const name of names) {
    if (name === text) return undefined;
    const distance = distanceWithin(text, name, least);
    if (distance >= least) continue;
    [best, least] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, or `limit` where it is not below that. */
function distanceWithin(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return Math.min(row[b.length] ?? limit, limit);
}
