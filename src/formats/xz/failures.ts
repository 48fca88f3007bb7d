import { DistillError } from "../../lib/errors.ts";

/**
 * The largest dictionary that is accepted, as in the built-in decoder: what `xz -9` uses. Memory is the dictionary and
 * some 100 KiB, so a limit between this and the next size (96 MiB) refuses the same files.
 */
export const MEMORY_LIMIT_MIB = 80;

export function damaged(reason: string): DistillError {
  return new DistillError("FORMAT_INVALID", `the xz stream is damaged: ${reason}`);
}

export function notXz(): DistillError {
  return new DistillError("FORMAT_INVALID", "not an xz stream, or one that is followed by other bytes");
}

export function tooMuchMemory(): DistillError {
  return new DistillError("LIMIT_EXCEEDED", "the xz stream needs a dictionary of more than 64 MiB");
}

export function unsupported(hint: string): DistillError {
  return new DistillError("UNSUPPORTED", "the xz stream uses a filter or an integrity check that is not supported", {
    hint,
  });
}
