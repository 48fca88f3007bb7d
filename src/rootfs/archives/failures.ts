import { DistillError } from "../../lib/errors.ts";

/** The failure with the archive's name before its message; anything but a DistillError as it is. */
export function naming(name: string, error: unknown): unknown {
  if (!(error instanceof DistillError)) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new DistillError(error.code, `${name}: ${error.message}`, { ...hint, cause: error });
}
