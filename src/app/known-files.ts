import { realpathSync } from "node:fs";
import { join } from "node:path";
import { FileDigests } from "../build/context/file-digests.ts";
import { digestOf, hexOf } from "../lib/digest.ts";

/** What is remembered of the files below a directory from earlier builds. */
export function knownFiles(cacheDirectory: string, directory: string): FileDigests {
  return FileDigests.open(join(cacheDirectory, "contexts", hexOf(digestOf(realPath(directory)))));
}

function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
