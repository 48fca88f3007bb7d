import { type Digest, digestOf } from "../lib/digest.ts";
import { isDistillError } from "../lib/errors.ts";
import type { Progress } from "../lib/progress.ts";
import { ElfReader, type LinkedObject } from "../linker/elf-reader.ts";
import { refuseUnresolved, unresolvedLibraries } from "../linker/unresolved.ts";
import type { Node } from "../rootfs/node.ts";
import { displayPath, type RootPath } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { Store } from "../store/store.ts";
import { LayeredTree } from "./layered-tree.ts";

/** Changes whenever the same layers would be judged otherwise. */
const SEMANTICS = 1;

/**
 * A program of the app whose libraries are not in the image would fail when it starts: UNRESOLVED_LIBRARY says so now,
 * once all layers are there. Only files of the `copied` layers are looked at; layers that were found good before are not
 * read again. A damaged ELF file cannot be judged (it may be test data): a warning names it.
 */
export async function refuseUnlinkable(
  { layers, copied }: { readonly layers: readonly Digest[]; readonly copied: readonly Digest[] },
  { store, progress }: { readonly store: Store; readonly progress: Progress },
): Promise<void> {
  if (copied.length === 0) return;
  const key = digestOf(JSON.stringify(["linkable", SEMANTICS, layers, copied]));
  if (store.recallStep(key) !== undefined) return;
  await using image = await LayeredTree.of(store, layers);
  const reader = new ElfReader();
  const added = await copiedObjects(image.tree, new Set(copied), reader, progress);
  refuseUnresolved(
    await unresolvedLibraries(image.tree, reader, added),
    "add the Debian package that has the library to packages:, or copy the library too",
  );
  store.rememberStep(key, true, []);
}

async function copiedObjects(
  tree: Tree,
  copied: ReadonlySet<Digest>,
  reader: ElfReader,
  progress: Progress,
): Promise<readonly LinkedObject[]> {
  const objects: LinkedObject[] = [];
  for (const [path, node] of tree.entries()) {
    const { owner } = node.attributes;
    if (owner.kind !== "base" || !copied.has(owner.digest)) continue;
    const elf = await readOrWarn(reader, path, node, progress);
    if (elf !== undefined) objects.push({ path, elf });
  }
  return objects;
}

async function readOrWarn(reader: ElfReader, path: RootPath, node: Node, progress: Progress) {
  try {
    return await reader.read(path, node);
  } catch (error) {
    if (!isDistillError(error, "FORMAT_INVALID", "LIMIT_EXCEEDED")) throw error;
    progress.warn(`the libraries of ${displayPath(path)} are not checked: ${error.message}`);
    return undefined;
  }
}
