import { promisify } from "node:util";
import { inflate, inflateRaw } from "node:zlib";
import { DistillError, systemErrorCode } from "../../lib/errors.ts";

/** Bytes that are decompressed: zlib's form (RFC 1950), with a header and a checksum, or bare deflate (RFC 1951). */
export type DeflateForm = "zlib" | "raw";

const INFLATE = { zlib: promisify(inflate), raw: promisify(inflateRaw) };

/**
 * Decompresses what is held whole. FORMAT_INVALID where it is damaged or ends early, LIMIT_EXCEEDED where it holds more than
 * `limit` bytes, of which no more are made. `what` names the bytes in messages.
 */
export async function inflateWhole(
  bytes: Uint8Array,
  form: DeflateForm,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  try {
    // zlib takes no limit of 0, and ends with an error where one byte more than the limit is made.
    return await INFLATE[form](bytes, { maxOutputLength: Math.max(1, limit) });
  } catch (cause) {
    if (systemErrorCode(cause) === "ERR_BUFFER_TOO_LARGE") {
      throw new DistillError("LIMIT_EXCEEDED", `${what} is larger than ${limit} bytes`, { cause });
    }
    throw new DistillError("FORMAT_INVALID", `${what} is damaged`, { cause });
  }
}
