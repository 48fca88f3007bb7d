import type { Digest } from "../lib/digest.ts";
import type { Node } from "../rootfs/node.ts";
import { childOf, nameOf, parentOf, pathFromText, ROOT, type RootPath, textOfBytes } from "../rootfs/path.ts";
import type { Tree } from "../rootfs/tree.ts";
import { FilePlaces } from "./file-places.ts";
import type { FoundPackage } from "./found-package.ts";
import type { LayerStory, StoryMove } from "./layer-story.ts";
import { md5Of } from "./md5.ts";

/** Who answers for a file. Layers and packages by their numbers. */
export type FileOwner =
  | { readonly kind: "package"; readonly package: number }
  /** From the build context, where it is at `from`, as people write it. */
  | { readonly kind: "app"; readonly layer: number; readonly from: string }
  /** An instruction made it, or took it from somewhere else (`move`). */
  | { readonly kind: "step"; readonly layer: number; readonly move: StoryMove | undefined }
  /** Of what the build began with; `piece` says which part of a composition wrote it, where that is known. */
  | { readonly kind: "base"; readonly layer: number; readonly piece: string | undefined }
  | { readonly kind: "nobody"; readonly layer: number };

export interface OwnedFiles {
  /** Of everything that is no directory. */
  readonly owners: ReadonlyMap<RootPath, FileOwner>;
  /** Which packages lie in which one's files, by number: they are parts of it, and nothing on their own. */
  readonly partOf: ReadonlyMap<number, number>;
  /** Files that a later layer changed, by the system package that they were of; they may be another one's now. */
  readonly modified: ReadonlyMap<RootPath, number>;
}

/** What owners are made of. */
export interface OwnersInput {
  /** Nodes have the diffIDs of their layers as owners. */
  readonly tree: Tree;
  readonly diffIDs: readonly Digest[];
  readonly packages: readonly FoundPackage[];
  /** One for each layer. */
  readonly stories: readonly LayerStory[];
}

/**
 * Gives each file one owner: the system's package that lists it, before the package of a language, before what the builder or the
 * history says of its layer. A language's package whose record is a system package's file is a part of that.
 */
export async function ownFiles(input: OwnersInput): Promise<OwnedFiles> {
  const { tree, packages } = input;
  const places = new FilePlaces(tree);
  const layers = new LayersOfNodes(input);
  const owners = new Map<RootPath, FileOwner>();
  const modified = new Map<RootPath, number>();
  // Any number of packages may list a file, and it is read once.
  const hashed = new Map<RootPath, Promise<string>>();
  const isChanged = async (path: RootPath, node: Node, recorded: string | undefined): Promise<boolean> => {
    if (node.type !== "file" || recorded === undefined) return true;
    const digest = hashed.get(path) ?? md5Of(node.content);
    hashed.set(path, digest);
    return (await digest) !== recorded;
  };
  const claim = (path: string, owner: FileOwner): void => {
    const found = places.find(path);
    if (found !== undefined && found.node.type !== "directory" && !owners.has(found.path))
      owners.set(found.path, owner);
  };
  for (const [index, { isOfSystem, files, listedIn, carriedIn, md5 }] of packages.entries()) {
    if (!isOfSystem) continue;
    for (const file of files) {
      const found = places.find(file);
      if (found === undefined || found.node.type === "directory" || owners.has(found.path)) continue;
      const since = Math.max(listedIn, carriedIn.get(file) ?? 0);
      if (layers.layer(found.node) > since && (await isChanged(found.path, found.node, md5.get(file)))) {
        if (!modified.has(found.path)) modified.set(found.path, index);
      } else owners.set(found.path, { kind: "package", package: index });
    }
  }
  // Only now: what one package's file was replaced with may be another one's.
  for (const path of modified.keys()) {
    const node = owners.has(path) ? undefined : tree.get(path);
    if (node !== undefined) owners.set(path, layers.owner(path, node));
  }
  const partOf = findParts(packages, owners);
  const languages = [...packages.entries()].filter(([index, { isOfSystem }]) => !isOfSystem && !partOf.has(index));
  for (const [index, { files }] of languages)
    for (const file of files) claim(file, { kind: "package", package: index });
  const directories = new Map<RootPath, number>();
  for (const [index, { directories: claimed }] of languages) {
    for (const directory of claimed) {
      const found = places.directory(directory);
      if (found !== undefined && !directories.has(found.path)) directories.set(found.path, index);
    }
  }
  for (const [path, node] of tree.entries()) {
    if (node.type === "directory" || owners.has(path)) continue;
    const enclosing = nearest(path, directories);
    owners.set(path, enclosing === undefined ? layers.owner(path, node) : { kind: "package", package: enclosing });
  }
  ownCompiled(owners);
  ownScripts(owners);
  return { owners, partOf, modified };
}

function findParts(packages: readonly FoundPackage[], owners: ReadonlyMap<RootPath, FileOwner>): Map<number, number> {
  const partOf = new Map<number, number>();
  for (const [index, { isOfSystem, locations }] of packages.entries()) {
    if (isOfSystem) continue;
    const holders = locations.map(({ record }) => owners.get(record));
    const [first] = holders;
    // A second copy elsewhere is a package of its own.
    if (first?.kind === "package" && holders.every((each) => each?.kind === "package"))
      partOf.set(index, first.package);
  }
  return partOf;
}

function nearest(path: RootPath, directories: ReadonlyMap<RootPath, number>): number | undefined {
  if (directories.size === 0) return undefined;
  for (let at = parentOf(path); at !== ""; at = parentOf(at)) {
    const found = directories.get(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

const COMPILED = /^(.+)\.[a-z0-9_]+-\d+(?:\.opt-\d)?\.pyc$/;

/** What Python made of a package's file is that package's too, whoever ran Python. */
function ownCompiled(owners: Map<RootPath, FileOwner>): void {
  for (const [path, owner] of owners) {
    if (owner.kind === "package" || !path.endsWith(".pyc")) continue;
    const directory = parentOf(path);
    const [, module] = COMPILED.exec(nameOf(path)) ?? [];
    if (module === undefined || nameOf(directory) !== "__pycache__") continue;
    const source = owners.get(childOf(parentOf(directory), `${module}.py`));
    if (source?.kind === "package") owners.set(path, source);
  }
}

const DPKG_INFO = /^(var\/lib\/dpkg\/info\/.+)\.[a-z0-9]+$/;

/** What dpkg keeps of a package beside the list of its files. */
function ownScripts(owners: Map<RootPath, FileOwner>): void {
  for (const [path, owner] of owners) {
    if (owner.kind === "package") continue;
    const [, stem] = DPKG_INFO.exec(path) ?? [];
    const list = stem === undefined ? undefined : owners.get(`${stem}.list` as RootPath);
    if (list?.kind === "package") owners.set(path, list);
  }
}

/** Which layer a node is of, and what is known of that. */
class LayersOfNodes {
  readonly #layers: ReadonlyMap<Digest, number>;
  readonly #stories: readonly LayerStory[];
  readonly #pieces = new Map<number, ReadonlyMap<RootPath, string>>();
  readonly #moves = new Map<number, ReadonlyMap<RootPath, StoryMove>>();

  constructor({ diffIDs, stories }: OwnersInput) {
    this.#layers = new Map(diffIDs.map((diffID, index) => [diffID, index]));
    this.#stories = stories;
  }

  /** Its number, from below. */
  layer({ attributes: { owner } }: Node): number {
    return owner.kind === "base" ? (this.#layers.get(owner.digest) ?? 0) : 0;
  }

  owner(path: RootPath, node: Node): FileOwner {
    const layer = this.layer(node);
    const story = this.#stories[layer];
    switch (story?.kind) {
      case "base":
        return { kind: "base", layer, piece: this.#piece(layer, story, path) };
      case "step":
      case "told": {
        const found = this.#move(layer, story, path);
        if (found?.[1].origin !== "context") return { kind: "step", layer, move: found?.[1] };
        const [to, { from }] = found;
        const rest = textOfBytes(path === to ? "" : to === "" ? path : path.slice(to.length + 1));
        return { kind: "app", layer, from: rest === "" ? from : `${from === "/" ? "" : from}/${rest}` };
      }
      default:
        return { kind: "nobody", layer };
    }
  }

  #piece(layer: number, { composed }: LayerStory, path: RootPath): string | undefined {
    let known = this.#pieces.get(layer);
    if (known === undefined) {
      const all = composed?.pieces ?? [];
      known = new Map(all.flatMap(({ piece, files }) => files.map((file) => [file, piece] as const)));
      this.#pieces.set(layer, known);
    }
    return known.get(path);
  }

  /** The innermost of the step's moves that the path is of; the last of those that went to one place. */
  #move(layer: number, { moves }: LayerStory, path: RootPath): readonly [RootPath, StoryMove] | undefined {
    let known = this.#moves.get(layer);
    if (known === undefined) {
      // A step can move as many files as there are, each by itself.
      known = new Map(moves.map((move) => [pathFromText(move.to), move]));
      this.#moves.set(layer, known);
    }
    for (let at = path; ; at = parentOf(at)) {
      const move = known.get(at);
      if (move !== undefined) return [at, move];
      if (at === ROOT) return undefined;
    }
  }
}
