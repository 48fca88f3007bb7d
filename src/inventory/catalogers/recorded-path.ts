import { isDistillError } from "../../lib/errors.ts";
import { childOf, MAX_PATH, pathFromBytes, type RootPath } from "../../rootfs/path.ts";

const MAX_NAME = 255;

/** What has to be looked at piece by piece; most paths are as they should be. */
const ODD = /\/\/|(?:^|\/)\.\.?(?:\/|$)|\/$|\0/;

/** A path (bytes as latin1) that a package database records, or undefined where it is none that can be in an image. */
export function recordedPath(bytes: string): RootPath | undefined {
  if (bytes.length <= MAX_NAME && !ODD.test(bytes)) return (bytes.startsWith("/") ? bytes.slice(1) : bytes) as RootPath;
  try {
    return pathFromBytes(bytes);
  } catch (error) {
    if (isDistillError(error, "FORMAT_INVALID")) return undefined;
    throw error;
  }
}

/** The path of that name (bytes as latin1) in a directory, or undefined where there can be none. */
export function recordedChild(directory: RootPath, name: string): RootPath | undefined {
  if (name === "" || name === "." || name === ".." || name.length > MAX_NAME || /[/\0]/.test(name)) return undefined;
  const path = childOf(directory, name);
  return path.length > MAX_PATH ? undefined : path;
}
