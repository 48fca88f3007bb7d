import type { ElfFile } from "../formats/elf/read.ts";
import { comparePaths } from "../rootfs/path.ts";
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
const ET_DYN = 3;

/**
 * The libraries that `ldconfig` would list for the tree (glibc, elf/ldconfig.c, search_dir), for one machine: in each
 * directory the files named `lib*.so*` or `ld-*.so*`, under their SONAME; a link for ld(1) only (libz.so) under its own
 * name. Where ldconfig would have to make the link that a SONAME stands for, the library is left out; and so are
 * libraries in glibc-hwcaps/, which the loader then uses in their plain form.
 */
export async function librariesForCache(
  tree: Tree,
  tuple: string,
  reader: ElfReader,
): Promise<readonly CachedLibrary[]> {
  const libraries: CachedLibrary[] = [];
  const seen = new Set<string>();
  for (const directory of cachedDirectories(tuple)) {
    const found = tree.find(directory);
    if (found?.node.type !== "directory" || seen.has(found.path)) continue;
    seen.add(found.path);
    const names = new Map<string, CachedLibrary>();
    for (const [name, node] of found.node.children) {
      if (!/^(?:lib|ld-).*\.so/s.test(name)) continue;
      const target = tree.find(`${directory}/${name}`);
      const elf = target && (await reader.read(target.path, target.node));
      const flags = elf && cacheFlags(elf, tuple);
      if (flags === undefined) continue;
      const soname = elf?.soname ?? name;
      const forLinker = node.type === "symlink" && name.endsWith(".so") && soname.startsWith(name);
      const key = forLinker ? name : soname;
      const path = `${directory}/${key}`;
      if (found.node.children.has(key) && tree.find(path) !== undefined) names.set(key, { name: key, path, flags });
    }
    libraries.push(...[...names.values()].sort((a, b) => comparePaths(a.name, b.name)));
  }
  return libraries;
}

/** Undefined for what is no shared object of the machine. */
function cacheFlags(elf: ElfFile, tuple: string): number | undefined {
  if (elf.type !== ET_DYN || !elf.hasDynamic || elf.class !== 64 || !elf.littleEndian) return undefined;
  const machine = linkerMachine(elf.machine.number);
  return machine?.tuple === tuple ? machine.cacheFlags : undefined;
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

/**
 * The order in which the loader searches the cache: runs of digits compare as numbers (glibc, _dl_cache_libcmp). They
 * wrap at 32 bits as the loader's do, which would otherwise search past a name with a long run.
 */
export function compareLibraryNames(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length) {
    const left = digitsAt(a, i);
    const right = digitsAt(b, j);
    if (left !== "" && right !== "") {
      const difference = (wrapped(left) - wrapped(right)) | 0;
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

function wrapped(digits: string): number {
  let value = 0;
  for (let i = 0; i < digits.length; i++) value = (Math.imul(value, 10) + digits.charCodeAt(i) - 48) | 0;
  return value;
}

function digitsAt(text: string, at: number): string {
  let end = at;
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return text.slice(at, end);
}
