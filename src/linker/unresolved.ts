import { DistillError } from "../lib/errors.ts";
import { displayPath, nameOf, textOfBytes } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { ElfReader, LinkedObject } from "./elf-reader.ts";
import { findLibrary } from "./search.ts";

/** A NEEDED entry that the loader would not find. */
export interface Unresolved {
  readonly object: LinkedObject;
  readonly library: string;
}

/**
 * NEEDED entries of `objects` that no file of the tree can satisfy. A library that lies outside the loader's search
 * path counts as there: programs load such ones by path before whoever needs them (the JVM does).
 */
export async function unresolvedLibraries(
  tree: Tree,
  reader: ElfReader,
  objects: readonly LinkedObject[],
): Promise<readonly Unresolved[]> {
  const names = new Set(Array.from(tree.entries(), ([path]) => nameOf(path)));
  const unresolved: Unresolved[] = [];
  for (const object of objects) {
    for (const library of object.elf.needed) {
      if (names.has(library)) continue;
      if ((await findLibrary(tree, reader, object, library)) === undefined) unresolved.push({ object, library });
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
