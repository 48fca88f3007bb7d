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

/** Reads ELF facts of entries, each content once however often it is asked for. */
export class ElfReader {
  readonly #known = new WeakMap<Content, Promise<ElfFile | undefined>>();

  /**
   * The facts of the file at `path`; undefined where it is no ELF file. A broken ELF file is FORMAT_INVALID and names
   * the path.
   */
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
      throw new DistillError(error.code, `${displayPath(path)}: ${error.message}`, { cause: error });
    }
  }

  /** Every ELF file of a tree, in byte order of its path; hard-linked and linked names of one file are each listed. */
  async all(tree: Tree): Promise<readonly LinkedObject[]> {
    const objects: LinkedObject[] = [];
    for (const [path, node] of tree.entries()) {
      const elf = await this.read(path, node);
      if (elf !== undefined) objects.push({ path, elf });
    }
    return objects;
  }
}
