/** Offset and length of a field in a header block. */
export type Field = readonly [at: number, length: number];

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;

/**
 * The number in a header field: octal digits between spaces or NULs (POSIX ustar), or GNU's base-256 (first byte has
 * its high bit set; big-endian two's complement after that bit). A blank field is 0. Undefined for anything else and
 * for what a double cannot hold exactly.
 */
export function parseNumber(block: Uint8Array, [at, length]: Field): number | undefined {
  return (block[at] ?? 0) & 0x80 ? parseBase256(block, [at, length]) : parseOctal(block, [at, length]);
}

/** As parseNumber, octal only. Digits that hide behind a leading NUL are no number: readers disagree about them. */
export function parseOctal(block: Uint8Array, [at, length]: Field): number | undefined {
  const end = at + length;
  let position = at;
  while (position < end && block[position] === SPACE) position++;
  let value = 0;
  for (; position < end; position++) {
    const byte = block[position] ?? 0;
    if (byte < ZERO || byte > SEVEN) break;
    value = value * 8 + (byte - ZERO);
  }
  for (; position < end; position++) {
    const byte = block[position];
    if (byte !== 0 && byte !== SPACE) return undefined;
  }
  return value;
}

function parseBase256(block: Uint8Array, [at, length]: Field): number | undefined {
  const first = block[at] ?? 0;
  const negative = (first & 0x40) !== 0;
  const flip = negative ? 0xff : 0;
  let value = (first ^ flip) & 0x3f;
  for (let position = at + 1; position < at + length; position++) {
    value = value * 256 + ((block[position] ?? 0) ^ flip);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return negative ? -value - 1 : value;
}

/** The largest number that an octal field of `length` bytes holds beside its terminating NUL. */
export function maxOctal(length: number): number {
  return 8 ** (length - 1) - 1;
}

/** Writes `value` (0..maxOctal) as zero-padded octal digits that fill the field up to its terminating NUL. */
export function writeOctal(block: Buffer, [at, length]: Field, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), at, length - 1, "latin1");
  block[at + length - 1] = 0;
}
