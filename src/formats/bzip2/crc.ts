/** CRC-32 with the polynomial 04C11DB7, most significant bit first: that of bzip2, which zlib's is the mirror of. */
const TABLES = makeTables();

function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const [one, two, three, four] = [0, 0, 0, 0].map(() => new Uint32Array(256)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  for (let byte = 0; byte < 256; byte++) {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
    one[byte] = value;
  }
  const shifted = (value: number): number => (value << 8) ^ (one[value >>> 24] as number);
  for (let byte = 0; byte < 256; byte++) {
    two[byte] = shifted(one[byte] as number);
    three[byte] = shifted(two[byte] as number);
    four[byte] = shifted(three[byte] as number);
  }
  return [one, two, three, four];
}

/** What a sum begins with, and what it is combined with at its end. */
export const CRC_MASK = -1;

/** Adds bytes to a sum, four at a time. */
export function addToCrc(sum: number, bytes: Uint8Array, from: number, to: number): number {
  const [one, two, three, four] = TABLES;
  let crc = sum;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
    crc ^= word;
    crc =
      (four[crc >>> 24] as number) ^
      (three[(crc >>> 16) & 255] as number) ^
      (two[(crc >>> 8) & 255] as number) ^
      (one[crc & 255] as number);
  }
  for (; at < to; at++) crc = (crc << 8) ^ (one[(crc >>> 24) ^ (bytes[at] as number)] as number);
  return crc;
}
