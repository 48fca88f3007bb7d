import { DistillError } from "../../lib/errors.ts";
import { limitBytes } from "../../lib/limit-bytes.ts";
import { findSystemXz, unxzInProcess } from "./system.ts";
import { unxzInWasm } from "./wasm.ts";

/** Who decompresses: the built-in decoder, the system's xz, or the latter where PATH has it. */
export type XzImplementation = "auto" | "wasm" | "system";

/** Compressed bytes up to which a process takes longer to start than to save: measured, 20 ms either way at 256 KiB. */
const SMALL = 256 * 1024;

/**
 * Decompresses xz (the .xz file format, 1.2: one stream or several, with padding). Works in any thread; "wasm" runs on
 * the calling one. The environment's DISTILL_XZ=wasm|system decides for "auto", the default; `size` is that of the source
 * in bytes, where it is known: "auto" starts no process for a small one.
 *
 * Throws FORMAT_INVALID for anything that is not xz, is damaged, ends early or is followed by other bytes;
 * LIMIT_EXCEEDED before more than `maxBytes` are yielded, and for a dictionary of more than 64 MiB; UNSUPPORTED for a
 * filter or check that the implementation lacks; ENVIRONMENT where "system" has no xz. A failure of `source` comes
 * through as it is.
 */
export function unxz(
  source: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes?: number; readonly implementation?: XzImplementation; readonly size?: number } = {},
): AsyncGenerator<Uint8Array> {
  const system = choose(options.implementation ?? "auto", options.size) === "system";
  const output = system ? unxzInProcess(source) : unxzInWasm(source);
  return options.maxBytes === undefined ? output : limitBytes(output, options.maxBytes, "the content of the xz stream");
}

function choose(implementation: XzImplementation, size = Number.POSITIVE_INFINITY): "wasm" | "system" {
  if (implementation !== "auto") return implementation;
  const wish = process.env.DISTILL_XZ ?? "";
  if (wish === "wasm" || wish === "system") return wish;
  if (wish !== "" && wish !== "auto") {
    throw new DistillError("USAGE", `DISTILL_XZ must be wasm, system or auto, not ${JSON.stringify(wish)}`);
  }
  return size <= SMALL || findSystemXz() === undefined ? "wasm" : "system";
}
