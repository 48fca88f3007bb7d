/** Longest version that is read, in characters (UTF-16 units). Published ones stay below 100. */
export const MAX_VERSION_LENGTH = 512;

/** Order of two runs of decimal digits by value, however long: negative, 0 or positive. "" counts as 0. */
export function compareDigits(a: string, b: string): number {
  const left = withoutZeros(a);
  const right = withoutZeros(b);
  return left.length - right.length || compareText(left, right);
}

/** Order by UTF-16 units, which is that of ASCII for ASCII: -1, 0 or 1. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a text consists of the digits 0 to 9, and is not empty. */
export function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

function withoutZeros(digits: string): string {
  return digits.startsWith("0") ? digits.replace(/^0+/, "") : digits;
}
