import { comparePaths, nameOf, type RootPath } from "../../rootfs/path.ts";
import type { ElfClaim } from "../claim.ts";

/** One ELF file needs another one. */
export interface Link {
  readonly from: RootPath;
  readonly to: RootPath;
  /** The name by which it is asked for. */
  readonly name: string;
}

/** Files that are taken as answers to one name; nobody has more, and their product with what asks for them is bounded so. */
const MAX_ANSWERS = 50;

/**
 * Which ELF files of an image need which, by the names in DT_NEEDED: a file answers to its DT_SONAME, or to its name where it has
 * none. Where several do, each is named, up to 50: which of them is loaded depends on search paths.
 */
export function linksOf(elf: ReadonlyMap<RootPath, ElfClaim>): readonly Link[] {
  const named = new Map<string, RootPath[]>();
  for (const [path, { soname }] of elf) {
    const name = soname ?? nameOf(path);
    const known = named.get(name);
    if (known === undefined) named.set(name, [path]);
    else if (known.length < MAX_ANSWERS) known.push(path);
  }
  const links: Link[] = [];
  for (const [from, { needed }] of elf) {
    for (const name of needed) for (const to of named.get(name) ?? []) if (to !== from) links.push({ from, to, name });
  }
  return links.sort((a, b) => comparePaths(a.from, b.from) || comparePaths(a.to, b.to));
}
