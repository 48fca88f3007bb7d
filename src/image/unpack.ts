import { DistillError } from "../lib/errors.ts";
import type { Compression } from "./media-types.ts";

/**
 * The tar stream inside a packed layer; LIMIT_EXCEEDED beyond `maxBytes`, FORMAT_INVALID where the packing is damaged.
 * Not verified: compare with the diffID.
 */
export async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  compression: Compression,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of await decoder(packed, compression)) {
    size += chunk.length;
    if (size > maxBytes) throw new DistillError("LIMIT_EXCEEDED", `layer unpacks to more than ${maxBytes} bytes`);
    yield chunk;
  }
}

async function decoder(packed: AsyncIterable<Uint8Array>, compression: Compression) {
  if (compression === "none") return packed;
  if (compression === "zstd") {
    const { unzstd } = await import("../formats/zstd/read.ts");
    return unzstd(packed);
  }
  const { gunzip } = await import("../formats/gzip/read.ts");
  return gunzip(packed);
}
