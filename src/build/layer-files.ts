import { outlineMembers, outlineOf } from "../formats/tar/outline.ts";
import { untilCancelled } from "../lib/cancel.ts";
import { type Digest, digestOf } from "../lib/digest.ts";
import { BackingFile, type Content } from "../rootfs/content.ts";
import { applyLayer, type LayerSource, layerSource } from "../rootfs/layer-reader.ts";
import { Attributer } from "../rootfs/node.ts";
import { UNKNOWN_OWNER } from "../rootfs/owner.ts";
import type { Tree } from "../rootfs/tree.ts";
import { TreeEditor } from "../rootfs/tree-editor.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";

/** Changes whenever outlines are written otherwise. */
const OUTLINE_FORM = 1;

/** A root file system without anything in it. */
export function emptyTree(): Tree {
  return TreeEditor.empty(new Attributer().of({ mode: 0o755, owner: UNKNOWN_OWNER })).done();
}

/** The layers of the store as trees. Each is read once; contents are read from the layers until this is disposed of. */
export class LayerFiles implements AsyncDisposable {
  readonly #store: Store;
  readonly #lease: Lease;
  readonly #signal: AbortSignal | undefined;
  readonly #files = new Map<Digest, Promise<BackingFile>>();
  readonly #trees = new Map<string, Promise<Tree>>();

  constructor(store: Store, lease: Lease, signal?: AbortSignal) {
    this.#store = store;
    this.#lease = lease;
    this.#signal = signal;
  }

  /** The root file system that layers make, lowest first. */
  tree(layers: readonly Digest[]): Promise<Tree> {
    const key = layers.join(" ");
    const known = this.#trees.get(key) ?? this.#make(layers);
    this.#trees.set(key, known);
    return known;
  }

  /** A tree with one more layer. */
  async apply(lower: Tree, diffID: Digest): Promise<Tree> {
    const layer =
      this.#store.layer(diffID).plainFile === undefined ? await this.#outlined(diffID) : await this.#file(diffID);
    return applyLayer(lower, layer, { kind: "base", digest: diffID });
  }

  /** The entries of one layer, for whoever wants their contents too: it is unpacked where it was not. */
  async source(diffID: Digest): Promise<LayerSource> {
    return layerSource(await this.#file(diffID));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#files.values());
    await Promise.all(opened.map((each) => (each.status === "fulfilled" ? each.value.close() : undefined)));
  }

  async #make(layers: readonly Digest[]): Promise<Tree> {
    const top = layers.at(-1);
    if (top === undefined) return emptyTree();
    return this.apply(await this.tree(layers.slice(0, -1)), top);
  }

  #file(diffID: Digest): Promise<BackingFile> {
    const known = this.#files.get(diffID) ?? this.#open(diffID);
    this.#files.set(diffID, known);
    return known;
  }

  async #open(diffID: Digest): Promise<BackingFile> {
    return new BackingFile(await this.#store.plainLayer(this.#lease, diffID, this.#signal), undefined, diffID);
  }

  /**
   * A layer that the store keeps packed is not unpacked to be looked at: its outline is made once, and remembered. It is
   * unpacked where the bytes of one of its files are needed.
   */
  async #outlined(diffID: Digest): Promise<LayerSource> {
    const outline = await this.#outline(diffID);
    return {
      path: diffID,
      members: () => outlineMembers(this.#store.openBlob(outline), { archive: `layer ${diffID}` }),
      range: (offset, size): Content => ({
        size,
        read: async (from, length) => (await this.#file(diffID)).range(offset, size).read(from, length),
        identity: () => `${diffID}@${offset}+${size}`,
      }),
    };
  }

  async #outline(diffID: Digest): Promise<Digest> {
    const key = digestOf(JSON.stringify(["layer outline", OUTLINE_FORM, diffID]));
    const known = this.#store.recallStep(key, this.#lease) as Digest | undefined;
    if (known !== undefined) return known;
    const layer = this.#store.layer(diffID);
    const plain = untilCancelled(layer.uncompressed(), this.#signal);
    const { digest } = await this.#lease.writeBlob(outlineOf(plain, layer.uncompressedSize));
    this.#store.rememberStep(key, digest, [digest]);
    return digest;
  }
}
