import type { ElfFile } from "../formats/elf/read.ts";
import { readElf } from "../formats/elf/read.ts";
import { DistillError, isDistillError } from "../lib/errors.ts";
import type { Content } from "../rootfs/content.ts";
import type { Node } from "../rootfs/node.ts";
import { displayPath, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";

/** An ELF file and where it lies. */
export interface LinkedObject {
  readonly path: RootPath;
  readonly elf: ElfFile;
}

/** The smallest ELF file has a header of 52 bytes (32 bit). */
const SMALLEST = 52;

/**
 * Reads ELF facts of entries, each content once however often it is asked for. A broken ELF file counts as none: no
 * loader takes it, so it needs nothing and serves nobody, and apps do carry such files (test data of debuggers and
 * parsers). A library that is broken is therefore missed by those that need it.
 */
export class ElfReader {
  readonly #known = new WeakMap<Content, Promise<ElfFile | undefined>>();

  /** The facts of the entry at `path`; undefined where it is no ELF file, or none that can be loaded. */
  async read(path: RootPath, node: Node | undefined): Promise<ElfFile | undefined> {
    if (node?.type !== "file" || node.content.size < SMALLEST) return undefined;
    let facts = this.#known.get(node.content);
    if (facts === undefined) {
      facts = readElf(node.content);
      this.#known.set(node.content, facts);
    }
    try {
      return await facts;
    } catch (error) {
      if (!isDistillError(error)) throw error;
      if (error.code === "FORMAT_INVALID" || error.code === "LIMIT_EXCEEDED") return undefined;
      throw new DistillError(error.code, `${displayPath(path)}: ${error.message}`, { cause: error });
    }
  }

  /** Every ELF file of a tree, in byte order of its path; each name of a hard-linked file, and no symbolic link. */
  async all(tree: Tree): Promise<readonly LinkedObject[]> {
    const objects: LinkedObject[] = [];
    for (const [path, node] of tree.entries()) {
      const elf = await this.read(path, node);
      if (elf !== undefined) objects.push({ path, elf });
    }
    return objects;
  }
}
