import type { Digest } from "../../src/lib/digest.ts";
import { BackingFile } from "../../src/rootfs/content.ts";
import { applyLayer } from "../../src/rootfs/layer-reader.ts";
import { Attributer } from "../../src/rootfs/node.ts";
import { UNKNOWN_OWNER } from "../../src/rootfs/owner.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { TreeEditor } from "../../src/rootfs/tree-editor.ts";
import type { Store } from "../../src/store/store.ts";

/** The root file system that stored layers make. Its contents are read from the layers until it is disposed of. */
export class LayeredTree {
  readonly tree: Tree;
  readonly #files: readonly BackingFile[];

  private constructor(tree: Tree, files: readonly BackingFile[]) {
    this.tree = tree;
    this.#files = files;
  }

  /** Applies layers, lowest first, that the store keeps uncompressed. */
  static async of(store: Store, layers: readonly Digest[]): Promise<LayeredTree> {
    const files = layers.map((diffID) => new BackingFile(store.blobPath(diffID)));
    const root = new Attributer().of({ mode: 0o755, owner: UNKNOWN_OWNER });
    let tree = TreeEditor.empty(root).done();
    try {
      for (const [index, file] of files.entries()) {
        tree = await applyLayer(tree, file, { kind: "base", digest: layers[index] as Digest });
      }
    } catch (error) {
      await Promise.all(files.map((file) => file.close()));
      throw error;
    }
    return new LayeredTree(tree, files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }
}
