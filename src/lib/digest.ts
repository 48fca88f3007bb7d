import { createHash, type Hash } from "node:crypto";
import { DistillError } from "./errors.ts";

declare const brand: unique symbol;

/** `sha256:` and 64 lower-case hex digits: the one algorithm that distill writes and accepts (image-spec, descriptor.md). */
export type Digest = `sha256:${string}` & { readonly [brand]: "Digest" };

const PATTERN = /^sha256:[0-9a-f]{64}$/;

/** Checks the form of `text`; throws FORMAT_INVALID for another algorithm, length or case. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new DistillError("FORMAT_INVALID", `not a sha256 digest: ${JSON.stringify(text.slice(0, 100))}`, {
      hint: "expected sha256: followed by 64 lower-case hexadecimal digits",
    });
  }
  return text;
}

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** The digest with these 64 hex digits. */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex.toLowerCase()}`);
}

/** The 64 hex digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** The digest of bytes in memory; a string counts as its UTF-8 bytes. */
export function digestOf(data: Uint8Array | string): Digest {
  return finish(createHash("sha256").update(data));
}

/** Digest and size of a stream that passes through, known once it has ended. */
export class Digester {
  readonly #hash = createHash("sha256");
  #size = 0;

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  /** The digest of all bytes; to be called once, at the end. */
  digest(): Digest {
    return finish(this.#hash);
  }
}

function finish(hash: Hash): Digest {
  return parseDigest(`sha256:${hash.digest("hex")}`);
}
