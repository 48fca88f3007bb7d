import type { Digest } from "../lib/digest.ts";
import { BackingFile } from "../rootfs/content.ts";
import { applyLayer } from "../rootfs/layer-reader.ts";
import { Attributer } from "../rootfs/node.ts";
import { UNKNOWN_OWNER } from "../rootfs/owner.ts";
import type { Tree } from "../rootfs/tree.ts";
import { TreeEditor } from "../rootfs/tree-editor.ts";
import type { Lease } from "../store/leases.ts";
import type { Store } from "../store/store.ts";

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
    return applyLayer(lower, await this.#file(diffID), { kind: "base", digest: diffID });
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

  /** A layer that came packed is unpacked into the store first. */
  async #open(diffID: Digest): Promise<BackingFile> {
    return new BackingFile(await this.#store.plainLayer(this.#lease, diffID, this.#signal), undefined, diffID);
  }
}
