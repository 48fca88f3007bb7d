import { DistillError } from "../../lib/errors.ts";

/** For an error that is about the archive's own contents. */
export function malformed(what: string): DistillError {
  return new DistillError("FORMAT_INVALID", `malformed ZIP archive: ${what}`);
}

/** For an archive that is larger in some way than any sound one. */
export function excessive(what: string): DistillError {
  return new DistillError("LIMIT_EXCEEDED", `ZIP archive with ${what}`);
}
