import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * The program of that name in a list of directories as PATH has it; undefined where none has it. What is no absolute path in the
 * list does not count: an empty entry is not the working directory.
 */
export function findProgramOn(path: string | undefined, name: string): string | undefined {
  const directories = (path ?? "").split(delimiter).filter((directory) => directory.startsWith("/"));
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
