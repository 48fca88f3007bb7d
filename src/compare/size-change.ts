/** A quantity of both images. */
export interface SizeChange {
  readonly a: number;
  readonly b: number;
  /** b - a */
  readonly change: number;
  /** How many times the larger one is the smaller one, with two decimals; null where the smaller one is nothing. */
  readonly ratio: number | null;
}

/** How a quantity went from `a` to `b`. */
export function sizeChange(a: number, b: number): SizeChange {
  const [less, more] = a < b ? [a, b] : [b, a];
  return { a, b, change: b - a, ratio: less === 0 ? null : Math.round((more / less) * 100) / 100 };
}
