import type { ElfReader } from "../../linker/elf-reader.ts";
import { refuseUnresolved, type Unresolved, unresolvedLibraries } from "../../linker/unresolved.ts";
import { displayPath, textOfBytes } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { isLibraryPath } from "./library-path.ts";

/** A plugin of a package, and a library that it needs and the image has not. */
export type Unloadable = Readonly<{ path: string; library: string }>;

/**
 * Makes sure that what `tree` has beyond `below` finds its libraries: UNRESOLVED_LIBRARY for programs and for libraries
 * that do not. Plugins (shared objects that are opened by path) are returned instead: packages of Debian's have some
 * that work only with what the package merely suggests, and whoever opens them knows how to do without.
 */
export async function missingLibraries(tree: Tree, below: Tree, reader: ElfReader): Promise<readonly Unloadable[]> {
  const objects = await reader.all(tree);
  const added = objects.filter(({ path }) => below.get(path) !== tree.get(path));
  const unresolved = await unresolvedLibraries(tree, reader, added);
  refuseUnresolved(
    unresolved.filter((each) => !isPlugin(each)),
    "add the package that has the library with --package, or packages: in distill.yaml",
  );
  return unresolved.map(({ object, library }) => ({ path: displayPath(object.path), library: textOfBytes(library) }));
}

function isPlugin({ object }: Unresolved): boolean {
  return object.elf.interpreter === undefined && !isLibraryPath(object.path);
}
