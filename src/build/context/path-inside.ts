import { realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { pathFromText, type RootPath } from "../../rootfs/path.ts";

/** Where a file lies below a directory, links followed; nothing where it does not, or where its own directory is missing. */
export function pathInside(directory: string, path: string): readonly RootPath[] {
  try {
    const inside = relative(realpathSync(directory), join(realpathSync(dirname(path)), basename(path)));
    return inside.startsWith("../") ? [] : [pathFromText(inside)];
  } catch {
    return [];
  }
}
