import { DistillError } from "../../lib/errors.ts";

export function damaged(reason: string, cause?: unknown): DistillError {
  return new DistillError("FORMAT_INVALID", `the zstd stream is damaged: ${reason}`, { cause });
}
