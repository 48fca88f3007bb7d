import { accessSync, constants, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DistillError, fromSystemError, systemErrorCode } from "./errors.ts";

/**
 * Refuses a path that could not be written, before any work is done for it: USAGE where a directory stands in place of a
 * file or the other way round, NO_SUCH_PATH where a file's directory is missing or none, IO where this user may not write. What is
 * neither (a pipe, /dev/stdout) is left alone. A directory may be missing together with those above it.
 */
export function refuseUnwritable(path: string, kind: "file" | "directory"): void {
  const found = statOf(path);
  if (kind === "directory") {
    if (found !== undefined && !found.isDirectory()) {
      throw new DistillError("USAGE", `${path} is not a directory, and a directory is needed there`, {
        hint: "name a directory, or one that does not exist yet: it is made",
      });
    }
    refuseForeign(found === undefined ? existingParent(path) : path, path);
    return;
  }
  if (found?.isDirectory()) {
    throw new DistillError("USAGE", `${path} is a directory, and a file is needed there`, {
      hint: `name a file in it: ${path.replace(/\/+$/, "")}/NAME`,
    });
  }
  if (found !== undefined && !found.isFile()) return;
  const directory = dirname(found === undefined ? path : realpathSync(path));
  const parent = statOf(directory);
  if (!parent?.isDirectory()) {
    const problem = parent === undefined ? "does not exist" : "is a file, not a directory";
    throw new DistillError("NO_SUCH_PATH", `${path} cannot be written: ${directory} ${problem}`, {
      hint: parent === undefined ? `make the directory first: mkdir -p ${directory}` : "choose another path",
    });
  }
  refuseForeign(directory, path);
}

function refuseForeign(directory: string, path: string): void {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fromSystemError(error, "writing", path);
  }
}

function existingParent(path: string): string {
  const parent = dirname(resolve(path));
  return parent === resolve(path) || statOf(parent) !== undefined ? parent : existingParent(parent);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A dangling part of the path is told better by whoever looks at its parent.
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw fromSystemError(error, "writing", path);
  }
}
