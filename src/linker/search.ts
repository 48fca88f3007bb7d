import type { ElfFile } from "../formats/elf/read.ts";
import { parentOf, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ElfReader, LinkedObject } from "./elf-reader.ts";
import { cachedDirectories, linkerMachine } from "./machines.ts";

/**
 * How glibc's loader finds a NEEDED library of `object` (ld.so(8), elf/dl-load.c): a name with a slash is a path;
 * otherwise RPATH (only without RUNPATH), RUNPATH, the directories of ld.so.cache, the system's directories. The first
 * file there of the same class and machine is taken. LD_LIBRARY_PATH, the RPATH of whoever loads the object, the
 * directory that the program is started in and $PLATFORM are unknown before the program runs, so a library found only
 * through those is not found here; nor is one that lies in glibc-hwcaps/ only.
 */
export async function findLibrary(
  tree: Tree,
  reader: ElfReader,
  object: LinkedObject,
  name: string,
): Promise<RootPath | undefined> {
  for (const candidate of candidates(object, name)) {
    const found = tree.find(candidate);
    if (found !== undefined && (await isLibraryFor(object, found, reader))) return found.path;
  }
  return undefined;
}

/** True where the file is one that the loader can load for `object`. */
export async function isLibraryFor(
  object: LinkedObject,
  file: { readonly path: RootPath; readonly node: Parameters<ElfReader["read"]>[1] },
  reader: ElfReader,
): Promise<boolean> {
  const elf = await reader.read(file.path, file.node);
  return elf?.hasDynamic === true && isAlike(object.elf, elf);
}

/** True for files of one word size, byte order and machine: only those can be in one process. */
export function isAlike(a: ElfFile, b: ElfFile): boolean {
  return a.class === b.class && a.littleEndian === b.littleEndian && a.machine.number === b.machine.number;
}

/** Absolute paths, as they would be given to the kernel: ".." is left in, because links may stand in front of it. */
function candidates(object: LinkedObject, name: string): readonly string[] {
  const { elf } = object;
  const tuple = linkerMachine(elf.machine.number)?.tuple;
  if (name.includes("/")) return [expand(name, object.path, tuple)].filter(isKnown);
  const own = (elf.runpath.length > 0 ? elf.runpath : elf.rpath)
    .map((directory) => expand(directory, object.path, tuple))
    .filter(isKnown);
  const system = tuple === undefined ? ["/lib", "/usr/lib"] : cachedDirectories(tuple);
  return [...own, ...system].map((directory) => `${directory}/${name}`);
}

/**
 * Replaces the tokens of ld.so(8), "Dynamic string tokens", that are known before the program runs. What is no token
 * ($ORIGINAL, $x) stays as it is, as with glibc (is_dst). Debian's $LIB has the multiarch tuple in it.
 */
function expand(path: string, object: RootPath, tuple: string | undefined): string {
  const lib = tuple === undefined ? "lib" : `lib/${tuple}`;
  return path
    .replace(/\$(?:ORIGIN(?![A-Za-z0-9_])|\{ORIGIN\})/g, () => `/${parentOf(object)}`)
    .replace(/\$(?:LIB(?![A-Za-z0-9_])|\{LIB\})/g, lib);
}

/** A relative path depends on where the program is started, $PLATFORM on the processor. */
function isKnown(path: string): boolean {
  return path.startsWith("/") && !/\$(?:PLATFORM(?![A-Za-z0-9_])|\{PLATFORM\})/.test(path);
}
