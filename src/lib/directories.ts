import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory and what is missing above it; returns the topmost one that it made. Throws the system's error. Not
 * mkdir's `recursive`, which never ends where the system refuses with ENOENT to make a directory in one that exists
 * (/proc, and automounters: a home directory that the server does not know).
 */
export function makeDirectories(path: string, mode = 0o777): string | undefined {
  if (isDirectory(path)) return undefined;
  const parent = dirname(path);
  const above = exists(parent) ? undefined : makeDirectories(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (!isDirectory(path)) throw error;
  }
  return above ?? path;
}

/** True also where something is in the way of looking: whoever goes on meets it. */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
