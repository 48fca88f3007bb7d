import { existsSync, renameSync, rmSync } from "node:fs";

/** What SQLite has beside its file: read as if they belonged to whatever lies there. */
const COMPANIONS = ["-wal", "-shm"] as const;

/**
 * Moves a database out of the way, in place of one that was moved before; returns where to. Whoever has it open still
 * reads it.
 */
export function setAside(path: string): string {
  const aside = `${path}.aside`;
  for (const companion of COMPANIONS) rmSync(`${aside}${companion}`, { force: true });
  for (const companion of ["", ...COMPANIONS]) {
    if (existsSync(`${path}${companion}`)) renameSync(`${path}${companion}`, `${aside}${companion}`);
  }
  return aside;
}
