import { isDistillError } from "../../lib/errors.ts";
import { pathFromBytes, type RootPath } from "../../rootfs/path.ts";

/** A path (bytes as latin1) that a package database records, or undefined where it is none that can be in an image. */
export function recordedPath(bytes: string): RootPath | undefined {
  try {
    return pathFromBytes(bytes);
  } catch (error) {
    if (isDistillError(error, "FORMAT_INVALID")) return undefined;
    throw error;
  }
}
