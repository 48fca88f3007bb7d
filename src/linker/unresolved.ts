import { DistillError } from "../lib/errors.ts";
import { displayPath, nameOf, type RootPath, textOfBytes } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ElfReader, LinkedObject } from "./elf-reader.ts";
import { findLibrary, isAlike, isLibraryFor } from "./search.ts";

/** A NEEDED entry that the loader would not find. */
export interface Unresolved {
  readonly object: LinkedObject;
  readonly library: string;
}

/** What libraries for musl and for Android need, and none for glibc. */
const OTHER_C_LIBRARY = /^(?:libc\.so|libc\.musl-.*|ld-musl-.*)$/;

/**
 * NEEDED entries of `objects` that no file of the tree can satisfy. A library that lies outside the loader's search
 * path counts as there: programs load such ones by path before whoever needs them (the JVM does), and an RPATH of the
 * loading program may lead to it. Files that nothing in the tree can load are passed over; see Image.
 */
export async function unresolvedLibraries(
  tree: Tree,
  reader: ElfReader,
  objects: readonly LinkedObject[],
): Promise<readonly Unresolved[]> {
  if (objects.length === 0) return [];
  const image = new Image(tree, reader);
  const unresolved: Unresolved[] = [];
  for (const object of objects) {
    if (await image.isForeign(object)) continue;
    for (const library of object.elf.needed) {
      if ((await findLibrary(tree, reader, object, library)) !== undefined) continue;
      if (!(await image.has(library, object))) unresolved.push({ object, library });
    }
  }
  return unresolved;
}

/** Throws UNRESOLVED_LIBRARY that names each file and what it lacks; returns where nothing is unresolved. */
export function refuseUnresolved(unresolved: readonly Unresolved[], hint: string): void {
  if (unresolved.length === 0) return;
  const lines = unresolved.map(({ object, library }) => `  ${displayPath(object.path)} needs ${textOfBytes(library)}`);
  throw new DistillError("UNRESOLVED_LIBRARY", `the image would lack libraries:\n${lines.join("\n")}`, { hint });
}

/** Files of a tree by name. */
class Image {
  readonly #tree: Tree;
  readonly #reader: ElfReader;
  readonly #paths = new Map<string, RootPath[]>();
  #glibc: Promise<readonly LinkedObject[]> | undefined;

  constructor(tree: Tree, reader: ElfReader) {
    this.#tree = tree;
    this.#reader = reader;
    for (const [path, node] of tree.entries()) {
      if (node.type !== "file" && node.type !== "symlink") continue;
      const known = this.#paths.get(nameOf(path));
      if (known === undefined) this.#paths.set(nameOf(path), [path]);
      else known.push(path);
    }
  }

  /** Whether a library of that name that `object` could use lies anywhere. */
  async has(library: string, object: LinkedObject): Promise<boolean> {
    const name = library.slice(library.lastIndexOf("/") + 1);
    for (const path of this.#paths.get(name) ?? []) {
      const found = this.#tree.find(path);
      if (found !== undefined && (await isLibraryFor(object, found, this.#reader))) return true;
    }
    return false;
  }

  /**
   * True for what packages carry along for other systems (npm's prebuilds): where the image has a glibc, a file for
   * another machine, and a library that is made for another C library.
   */
  async isForeign(object: LinkedObject): Promise<boolean> {
    this.#glibc ??= this.#findGlibc();
    const libraries = await this.#glibc;
    if (libraries.length === 0) return false;
    if (!libraries.some(({ elf }) => isAlike(elf, object.elf))) return true;
    if (object.elf.interpreter !== undefined) return false;
    for (const library of object.elf.needed) {
      if (OTHER_C_LIBRARY.test(library) && !(await this.has(library, object))) return true;
    }
    return false;
  }

  async #findGlibc(): Promise<readonly LinkedObject[]> {
    const libraries: LinkedObject[] = [];
    for (const path of this.#paths.get("libc.so.6") ?? []) {
      const found = this.#tree.find(path);
      const elf = found && (await this.#reader.read(found.path, found.node));
      if (elf !== undefined) libraries.push({ path, elf });
    }
    return libraries;
  }
}
