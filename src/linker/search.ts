import type { ElfFile } from "../formats/elf/read.ts";
import { parentOf, pathFromBytes, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ElfReader, LinkedObject } from "./elf-reader.ts";
import { cachedDirectories, linkerMachine, systemDirectories } from "./machines.ts";

/**
 * How glibc's loader finds a NEEDED library of `object` (ld.so(8), elf/dl-load.c): a name with a slash is a path;
 * otherwise RPATH (only without RUNPATH), RUNPATH, the directories of ld.so.cache, the system's directories. The first
 * file there of the same class and machine is taken. LD_LIBRARY_PATH and the RPATH of whoever loads the object are
 * unknown before the program runs, so a library found only through those is not found here.
 */
export async function findLibrary(
  tree: Tree,
  reader: ElfReader,
  object: LinkedObject,
  name: string,
): Promise<RootPath | undefined> {
  for (const candidate of candidates(object, name)) {
    const { path, node } = tree.follow(pathFromBytes(candidate));
    const elf = await reader.read(path, node);
    if (elf !== undefined && fits(object.elf, elf)) return path;
  }
  return undefined;
}

function candidates(object: LinkedObject, name: string): readonly string[] {
  if (name.includes("/")) return [expand(name, object.path)].filter(isClean);
  const { elf, path } = object;
  const own = (elf.runpath.length > 0 ? elf.runpath : elf.rpath).map((directory) => expand(directory, path));
  const machine = linkerMachine(elf.machine.number);
  const system = machine === undefined ? ["/lib", "/usr/lib"] : searched(machine.tuple);
  return [...own, ...system].map((directory) => `${directory}/${name}`).filter(isClean);
}

function searched(tuple: string): readonly string[] {
  return [...new Set([...cachedDirectories(tuple), ...systemDirectories(tuple)])];
}

/** Replaces the tokens of ld.so(8), "Dynamic string tokens", that are known before the program runs. */
function expand(directory: string, object: RootPath): string {
  const origin = `/${parentOf(object)}`;
  return normalize(directory.replace(/\$(?:ORIGIN|\{ORIGIN\})/g, origin).replace(/\$(?:LIB|\{LIB\})/g, "lib"));
}

/** Resolves ".." in text, as `$ORIGIN/../lib` needs; a relative directory depends on where the program is started. */
function normalize(path: string): string {
  if (!path.startsWith("/")) return "";
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function isClean(candidate: string): boolean {
  return candidate.startsWith("/") && !candidate.includes("$");
}

function fits(object: ElfFile, library: ElfFile): boolean {
  return object.class === library.class && object.machine.number === library.machine.number;
}
