import { isDistillError } from "../../lib/errors.ts";

/** What `work` says, and false where the tree has no place for what it makes: a file where a directory must be, a circle of links. */
export function attempt(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    if (isDistillError(error, "FILE_CONFLICT") || isDistillError(error, "FORMAT_INVALID")) return false;
    throw error;
  }
}
