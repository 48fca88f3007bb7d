import { nameOf, pathFromBytes } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ElfReader } from "./elf-reader.ts";
import { cachedDirectories, linkerMachine } from "./machines.ts";

/** One line of the cache: a library's name and where it lies. */
export interface CachedLibrary {
  readonly name: string;
  readonly path: string;
  readonly flags: number;
}

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER_SIZE = 48;
const ENTRY_SIZE = 24;
const LITTLE_ENDIAN_FLAG = 2;

/**
 * The libraries that `ldconfig` would list for the tree, for machines that distill composes for: in each directory the
 * files named `lib*.so*` or `ld-*.so*`, under their SONAME where the directory has an entry of that name. A name that
 * two directories have is taken from the first.
 */
export async function librariesForCache(
  tree: Tree,
  tuple: string,
  reader: ElfReader,
): Promise<readonly CachedLibrary[]> {
  const found = new Map<string, CachedLibrary>();
  const seen = new Set<string>();
  for (const directory of cachedDirectories(tuple)) {
    const { path, node } = tree.follow(pathFromBytes(directory));
    if (node?.type !== "directory" || seen.has(path)) continue;
    seen.add(path);
    for (const name of [...node.children.keys()].sort()) {
      if (!/^(?:lib|ld-).*\.so/.test(name)) continue;
      const target = tree.follow(pathFromBytes(`${directory}/${name}`));
      const elf = await reader.read(target.path, target.node);
      const machine = elf === undefined ? undefined : linkerMachine(elf.machine.number);
      if (elf === undefined || machine === undefined || machine.tuple !== tuple) continue;
      const key = elf.soname ?? nameOf(target.path);
      if (found.has(key) || !node.children.has(key)) continue;
      found.set(key, { name: key, path: `${directory}/${key}`, flags: machine.cacheFlags });
    }
  }
  return [...found.values()];
}

/**
 * The bytes of /etc/ld.so.cache in glibc's new format (sysdeps/generic/dl-cache.h, struct cache_file_new), little
 * endian, without the old format in front and without extensions: what glibc 2.32 and later read.
 */
export function encodeLdSoCache(libraries: readonly CachedLibrary[]): Uint8Array {
  const sorted = [...libraries].sort((a, b) => compareLibraryNames(b.name, a.name));
  const strings: Buffer[] = [];
  let end = HEADER_SIZE + sorted.length * ENTRY_SIZE;
  const place = (text: string): number => {
    const at = end;
    const bytes = Buffer.from(`${text}\0`, "latin1");
    strings.push(bytes);
    end += bytes.length;
    return at;
  };
  const table = Buffer.alloc(HEADER_SIZE + sorted.length * ENTRY_SIZE);
  sorted.forEach((library, index) => {
    const at = HEADER_SIZE + index * ENTRY_SIZE;
    table.writeInt32LE(library.flags, at);
    table.writeUInt32LE(place(library.name), at + 4);
    table.writeUInt32LE(place(library.path), at + 8);
  });
  table.write(MAGIC, 0, "latin1");
  table.writeUInt32LE(sorted.length, 20);
  table.writeUInt32LE(end - table.length, 24);
  table.writeUInt8(LITTLE_ENDIAN_FLAG, 28);
  return Buffer.concat([table, ...strings]);
}

/** The order in which the loader searches the cache: runs of digits compare as numbers (glibc, _dl_cache_libcmp). */
export function compareLibraryNames(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length) {
    const left = digitsAt(a, i);
    const right = digitsAt(b, j);
    if (left !== "" && right !== "") {
      const difference = Number(left) - Number(right);
      if (difference !== 0) return difference;
      i += left.length;
      j += right.length;
    } else if (left !== "") {
      return 1;
    } else if (right !== "") {
      return -1;
    } else {
      const difference = a.charCodeAt(i) - (j < b.length ? b.charCodeAt(j) : 0);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
  }
  return j < b.length ? -1 : 0;
}

function digitsAt(text: string, at: number): string {
  let end = at;
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return text.slice(at, end);
}
