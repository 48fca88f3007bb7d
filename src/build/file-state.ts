import type { Digest } from "../lib/digest.ts";
import type { Tree } from "../rootfs/tree.ts";
import type { FileSource } from "./collaborators.ts";

/** How a step changes files. */
export interface Change {
  /** Of the files that it leads to: equal ids mean equal files. */
  readonly id: string;
  apply(lower: Tree): Promise<Tree>;
  /** The layer that it was found to be before, where there is one. */
  layer?(): Digest | undefined;
}

/**
 * The root file system of a stage after one of its steps. It is known by its id before anything is done; its files are
 * made when somebody needs them.
 */
export class FileState implements FileSource {
  readonly id: string;
  readonly what: string;
  /** The state that it goes on from; undefined for what a stage begins with. */
  readonly below: FileState | undefined;
  /** Whether a program made it, so that all that it holds was on disk once. */
  readonly byProgram: boolean;
  readonly #make: () => Promise<Tree>;
  readonly #shape: () => Promise<Tree>;
  #tree: Promise<Tree> | undefined;
  #shaped: Promise<Tree> | undefined;

  private constructor(
    id: string,
    what: string,
    from: { readonly below?: FileState; readonly byProgram?: boolean },
    make: () => Promise<Tree>,
    shape: () => Promise<Tree>,
  ) {
    this.id = id;
    this.what = what;
    this.below = from.below;
    this.byProgram = from.byProgram ?? false;
    this.#make = make;
    this.#shape = shape;
  }

  /** What a stage begins with. */
  static base(id: string, what: string, make: () => Promise<Tree>): FileState {
    const state = new FileState(id, what, {}, make, () => state.tree());
    return state;
  }

  /** This one after a further step. `applyLayer` adds a stored layer to a tree. */
  after(change: Change, applyLayer: (lower: Tree, layer: Digest) => Promise<Tree>): FileState {
    const make = async (): Promise<Tree> => change.apply(await this.tree());
    const shape = async (): Promise<Tree> => {
      const layer = change.layer?.();
      const lower = await this.shape();
      return layer === undefined ? change.apply(lower) : applyLayer(lower, layer);
    };
    return new FileState(change.id, this.what, { below: this }, make, shape);
  }

  /** This one after a program has run in it. */
  afterProgram(id: string, apply: (lower: Tree) => Promise<Tree>): FileState {
    const make = async (): Promise<Tree> => apply(await this.tree());
    const state = new FileState(id, this.what, { below: this, byProgram: true }, make, () => state.tree());
    return state;
  }

  /** The files, each with the identity of where it came from. */
  tree(): Promise<Tree> {
    this.#tree ??= this.#make();
    return this.#tree;
  }

  /** The same files, read from stored layers as far as these are there: cheaper, and contents have other identities. */
  shape(): Promise<Tree> {
    this.#shaped ??= this.#shape();
    return this.#shaped;
  }
}
