/** As JSON.stringify writes half of a surrogate pair. */
const HALF_A_PAIR = /\\ud[89a-f]/;

/** JSON for people and programs; halves of surrogate pairs, which many a reader refuses, become U+FFFD. */
export function documentText(value: object): string {
  const text = JSON.stringify(value, undefined, 2);
  // Looking at each text takes as long again as writing it, and next to no document needs it.
  return `${HALF_A_PAIR.test(text) ? JSON.stringify(value, wellFormed, 2) : text}\n`;
}

function wellFormed(_key: string, field: unknown): unknown {
  return typeof field === "string" ? field.toWellFormed() : field;
}
