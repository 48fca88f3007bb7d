import { promisify } from "node:util";
import { createInflateRaw, inflate, inflateRaw, inflateRawSync } from "node:zlib";
import { DistillError, systemErrorCode } from "../../lib/errors.ts";
import { through } from "../../lib/through.ts";

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
      throw larger(what, limit, cause);
    }
    throw damaged(what, cause);
  }
}

/** zlib's smallest piece of output. */
const SMALLEST_PIECE = 64;

/**
 * As inflateWhole, of bare deflate, at once: for small contents, where handing the work to another thread costs several times
 * what it takes. `limit` is the size that the result should have.
 */
export function inflateSmall(bytes: Uint8Array, limit: number, what: string): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, limit), chunkSize: Math.max(SMALLEST_PIECE, limit) });
  } catch (cause) {
    if (systemErrorCode(cause) === "ERR_BUFFER_TOO_LARGE") throw larger(what, limit, cause);
    throw damaged(what, cause);
  }
}

const CHUNK = 256 * 1024;

/**
 * Decompresses bare deflate that need not be held: as inflateWhole, into one piece of memory of `limit` bytes, which is
 * what the result should have.
 */
export async function inflateStream(
  source: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  const engine = createInflateRaw({ chunkSize: CHUNK });
  const machine = { input: engine, output: engine, failure: (error: Error) => damaged(what, error) };
  const bytes = Buffer.allocUnsafeSlow(limit);
  let length = 0;
  for await (const chunk of through(source, machine)) {
    if (length + chunk.length > limit) throw larger(what, limit);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

function larger(what: string, limit: number, cause?: unknown): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `${what} is larger than ${limit} bytes`, { cause });
}

function damaged(what: string, cause: unknown): DistillError {
  return new DistillError("FORMAT_INVALID", `${what} is damaged`, { cause });
}
