import { type Digest, digestOf } from "../../lib/digest.ts";
import { ElfReader, type LinkedObject } from "../../linker/elf-reader.ts";
import { refuseUnresolved, unresolvedLibraries } from "../../linker/unresolved.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Store } from "../../store/store.ts";
import type { LayerFiles } from "../layer-files.ts";

/** Changes whenever the same layers would be judged otherwise. */
const SEMANTICS = 1;

/**
 * A program of the app whose libraries are not in the image would fail when it starts: UNRESOLVED_LIBRARY says so now,
 * once all layers are there. Only files of the `copied` layers are looked at; layers that were found good before are not
 * read again.
 */
export async function refuseUnlinkable(
  { layers, copied }: { readonly layers: readonly Digest[]; readonly copied: readonly Digest[] },
  store: Store,
  files: LayerFiles,
): Promise<void> {
  if (copied.length === 0) return;
  const key = digestOf(JSON.stringify(["linkable", SEMANTICS, layers, copied]));
  if (store.recallStep(key) !== undefined) return;
  const tree = await files.tree(layers);
  const reader = new ElfReader();
  const added = await copiedObjects(tree, new Set(copied), reader);
  refuseUnresolved(
    await unresolvedLibraries(tree, reader, added),
    "add the Debian package that has the library to packages:, or copy the library too",
  );
  store.rememberStep(key, true, copied);
}

async function copiedObjects(
  tree: Tree,
  copied: ReadonlySet<Digest>,
  reader: ElfReader,
): Promise<readonly LinkedObject[]> {
  const objects: LinkedObject[] = [];
  for (const [path, node] of tree.entries()) {
    const { owner } = node.attributes;
    if (owner.kind !== "base" || !copied.has(owner.digest)) continue;
    const elf = await reader.read(path, node);
    if (elf !== undefined) objects.push({ path, elf });
  }
  return objects;
}
