/**
 * The `count` names that a user who typed `wanted` may have meant, best first: the name with a transition's suffix
 * (libssl3 -> libssl3t64), as the last part of a longer one (flask -> python3-flask), with one letter wrong, as a
 * beginning, with two letters wrong, somewhere inside, and names that share all but the last part.
 */
export function nearNames(wanted: string, names: Iterable<string>, count: number): string[] {
  const query = wanted.toLowerCase();
  const near: { readonly name: string; readonly rank: number; readonly shared: number; readonly excess: number }[] = [];
  for (const name of names) {
    const rank = rankOf(query, name);
    if (rank === undefined) continue;
    near.push({ name, rank, shared: sharedPrefix(query, name), excess: Math.abs(name.length - query.length) });
  }
  near.sort((a, b) => a.rank - b.rank || b.shared - a.shared || a.excess - b.excess || (a.name < b.name ? -1 : 1));
  return near.slice(0, count).map(({ name }) => name);
}

const SHORTEST_PART = 3;

function rankOf(query: string, name: string): number | undefined {
  if (name === query || name === `${query}t64`) return 0;
  const distance = Math.abs(name.length - query.length) <= 2 ? editDistance(query, name) : 3;
  if (query.length < SHORTEST_PART) return distance === 1 ? 2 : undefined;
  if (name.endsWith(`-${query}`)) return 1;
  if (distance === 1) return 2;
  if (name.startsWith(query)) return 3;
  if (query.startsWith(name) && name.length >= SHORTEST_PART && name.length * 2 > query.length) return 4;
  if (distance === 2 && query.length >= 6) return 5;
  if (name.includes(query)) return 6;
  const stem = query.slice(0, query.lastIndexOf("-") + 1);
  return stem.length > SHORTEST_PART && name.startsWith(stem) ? 7 : undefined;
}

function sharedPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`; 3 stands for 3 or more. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
      best = Math.min(best, cost);
    }
    if (best > 2) return 3;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] ?? 3, 3);
}
