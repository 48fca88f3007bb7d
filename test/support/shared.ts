import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Path of a file in the folder of shared cases (DISTILL_SHARED, default ../shared beside the checkout). */
export function sharedPath(...parts: readonly string[]): string {
  return join(resolve(REPOSITORY, process.env.DISTILL_SHARED ?? "../shared"), ...parts);
}

/** For a test's `skip` option: false, or the name of the shared file that is missing. */
export function unlessShared(...parts: readonly string[]): false | string {
  return existsSync(sharedPath(...parts)) ? false : `needs ${join(...parts)} under DISTILL_SHARED`;
}
