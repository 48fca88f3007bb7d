import { type ElfLayout, readLayout } from "../../formats/elf/layout.ts";
import type { Section } from "../../formats/elf/sections.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { Content } from "../../rootfs/content.ts";
import { displayPath, nameOf } from "../../rootfs/path.ts";
import type { LayerFile } from "../cataloger.ts";
import type { Warn } from "../warn.ts";

/** The smallest ELF file has a header of 52 bytes (32 bit). */
const SMALLEST = 52;
const EXECUTABLE = 0o111;

/** `libc.so`, `libc.so.6`, `_socket.cpython-313-x86_64-linux-gnu.so`, `addon.node`. */
const LIBRARY = /\.so(\.|$)|\.node$/;

/** True for what may be compiled code by its name and mode: somebody may run it, or its name is a library's. */
export function mayBeCompiled({ path, mode, content }: LayerFile): boolean {
  return content.size >= SMALLEST && ((mode & EXECUTABLE) !== 0 || LIBRARY.test(nameOf(path)));
}

const known = new WeakMap<Content, Promise<ElfLayout | undefined>>();

/** Where the parts of a file lie, as readLayout has it; read once, as several catalogers ask. */
export function layoutOf({ content }: LayerFile): Promise<ElfLayout | undefined> {
  const found = known.get(content) ?? readLayout(content);
  known.set(content, found);
  return found;
}

/** The section of that name; undefined where there is none, or the file is broken, which the `elf` cataloger tells. */
export async function sectionOf(file: LayerFile, name: string): Promise<Section | undefined> {
  const layout = await unlessBroken(() => layoutOf(file));
  return layout?.sections.find((each) => each.name === name);
}

/** What `read` gives; undefined where the file's bytes are not what they should be, which is told. */
export async function unlessBroken<T>(
  read: () => Promise<T>,
  tell: (problem: string) => void = () => {},
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    tell(error.message);
    return undefined;
  }
}

/** Tells problems of a file, with its name. */
export function tellerOf({ path }: LayerFile, warn: Warn): (problem: string) => void {
  return (problem) => warn(`${displayPath(path)}: ${problem}`);
}
