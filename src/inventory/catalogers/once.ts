import { displayPath, type RootPath } from "../../rootfs/path.ts";
import type { Warn } from "../warn.ts";

/** Tells problems of one file (`/path: what is wrong`): those of one kind only the first time. */
export function tellOnce(path: RootPath, warn: Warn): (problem: string, kind?: string) => void {
  const told = new Set<string>();
  return (problem, kind = problem) => {
    if (!told.has(kind)) warn(`${displayPath(path)}: ${problem}`);
    told.add(kind);
  };
}
