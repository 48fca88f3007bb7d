import { linkSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeDirectories } from "../directories.ts";

/** With so many packs behind it, a repository is fetched whole again. */
const MAX_PACKS = 20;

const PACK_FILE = /^pack-[0-9a-f]+\.(?:pack|idx|rev)$/;

/** The repository in the directory of `path` that was used last; undefined where there is none. */
export function newestBeside(path: string): string | undefined {
  const directory = dirname(path);
  const dated = readdirSync(directory)
    .filter((name) => name.endsWith(".git"))
    .map((name) => ({ name, time: statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  dated.sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1));
  return dated[0] === undefined ? undefined : join(directory, dated[0].name);
}

/**
 * Gives a new repository what an older one of the same remote has, so that a server sends the difference alone. Packs are
 * never changed, so both share the files. Where anything is in the way, the new one stays as it is, or has packs that
 * nothing refers to.
 */
export function plantSeed(repository: string, seed: string | undefined): void {
  if (seed === undefined) return;
  try {
    const from = join(seed, "objects", "pack");
    const files = readdirSync(from).filter((name) => PACK_FILE.test(name));
    if (files.filter((name) => name.endsWith(".pack")).length > MAX_PACKS) return;
    const to = join(repository, "objects", "pack");
    makeDirectories(to);
    for (const name of files) linkSync(join(from, name), join(to, name));
    const object = basename(seed, ".git");
    const shallow = readFileSync(join(seed, "shallow"), "latin1");
    writeFileSync(join(repository, "shallow"), shallow);
    makeDirectories(join(repository, "refs", "distill"));
    writeFileSync(join(repository, "refs", "distill", "seed"), `${object}\n`);
  } catch {
    // It went in the meantime, or lies on a file system without links.
  }
}
