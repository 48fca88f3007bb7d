/** What files of any kind are packed with, told by their first bytes. */
export type Packing = "gzip" | "bzip2" | "xz" | "zstd";

const MAGIC = { gzip: "1f8b", bzip2: "425a68", xz: "fd377a585a00", zstd: "28b52ffd" } as const;

/** RFC 8878, 3.1.2: a zstd stream may begin with a frame to be skipped (184D2A50 to 5F, little-endian). */
const SKIPPABLE = /^5.2a4d18/;

/** Bytes that packingOf wants to see. */
export const MAGIC_BYTES = 6;

/** What a file that begins with these bytes is packed with. */
export function packingOf(start: Uint8Array): Packing | undefined {
  const hex = Buffer.from(start.subarray(0, MAGIC_BYTES)).toString("hex");
  if (SKIPPABLE.test(hex)) return "zstd";
  return (["gzip", "bzip2", "xz", "zstd"] as const).find((packing) => hex.startsWith(MAGIC[packing]));
}

/**
 * Decompresses a stream that is packed in this way; `size` is its length in bytes, where it is known. Decoders are loaded
 * when they are needed. Fails as the decoder does.
 */
export async function* unpackStream(
  packing: Packing,
  source: AsyncIterable<Uint8Array>,
  size?: number,
): AsyncGenerator<Uint8Array> {
  switch (packing) {
    case "gzip":
      return yield* (await import("../gzip/read.ts")).gunzip(source);
    case "bzip2":
      return yield* (await import("../bzip2/read.ts")).bunzip2(source);
    case "xz":
      return yield* (await import("../xz/read.ts")).unxz(source, size === undefined ? {} : { size });
    case "zstd":
      return yield* (await import("../zstd/read.ts")).unzstd(source);
  }
}
