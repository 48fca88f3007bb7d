/** Numbers in [0, 1) that depend on the seed only (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that depend on the seed only; half of them compress. */
export function randomBytes(seed: number, size: number): Uint8Array {
  const next = randomNumbers(seed);
  return Uint8Array.from({ length: size }, (_, index) => (index % 2 === 0 ? Math.floor(next() * 256) : 65));
}
