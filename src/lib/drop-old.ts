import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** Removes what a directory holds that was not touched since `limit` (milliseconds since the epoch); none where there is no directory. */
export function dropOld(directory: string, limit: number): void {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(directory, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? limit) < limit)
      rmSync(path, { recursive: true, force: true });
  }
}
