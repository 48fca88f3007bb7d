import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where administrators' programs lie, which the PATH of ordinary users often lacks. */
const SYSTEM_DIRECTORIES = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

const found = new Map<string, string | undefined>();

/** Absolute path of a program of this machine; undefined where it has none of that name. */
export function findProgram(name: string): string | undefined {
  if (!found.has(name)) found.set(name, search(name));
  return found.get(name);
}

function search(name: string): string | undefined {
  const listed = (process.env.PATH ?? "").split(delimiter).filter((directory) => directory.startsWith("/"));
  return [...listed, ...SYSTEM_DIRECTORIES].map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
