import { DistillError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Node } from "../../rootfs/node.ts";
import { bytesOfText, type RootPath, textOfBytes } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { FileOwner } from "../file-owners.ts";
import type { Inventory } from "../inventory.ts";
import { type Import, importersOf } from "./importers.ts";
import { type Link, linksOf } from "./linked-files.ts";
import { importedNames } from "./module-names.ts";
import { PackageGraph } from "./package-graph.ts";
import { type OwnerShare, sharesBelow } from "./shares-below.ts";

/** Why something is in an image. */
export type Explanation = FileExplanation | DirectoryExplanation | PackageExplanation;

export interface FileExplanation {
  readonly kind: "file";
  /** Where it really lies. */
  readonly path: RootPath;
  readonly type: Node["type"];
  readonly bytes: number;
  /** Of a link, as people write it. */
  readonly target: string | undefined;
  readonly owner: FileOwner;
  /** Number of its layer, from below. */
  readonly layer: number;
  /** Other files that are linked with it. */
  readonly linkedBy: readonly Link[];
  /** Of its package, where it has one. */
  readonly package: PackageExplanation | undefined;
}

export interface DirectoryExplanation {
  readonly kind: "directory";
  readonly path: RootPath;
  readonly owners: readonly OwnerShare[];
}

export interface PackageExplanation {
  readonly kind: "package";
  /** Its number in the inventory, as all that follow. */
  readonly number: number;
  /** From a package that nothing else needs down to this one; only this one where nothing needs it. */
  readonly chain: readonly number[];
  readonly neededBy: readonly number[];
  /** Files of others that are linked with files of it. */
  readonly linkedBy: readonly Link[];
  /** Files of others that import its modules. */
  readonly importedBy: readonly Import[];
  /** It, and all that needs it: what would no longer work without it. */
  readonly dependants: PackageSet;
  /** It, and what nothing else needs: what the image would be smaller by. */
  readonly exclusive: PackageSet;
}

export interface PackageSet {
  readonly packages: readonly number[];
  readonly bytes: number;
}

/** Importing files that are looked for. */
const MAX_IMPORTERS = 20;

/** Packages that are explained at once: for each of them, the sources in the image are searched. */
const MAX_PACKAGES = 100;

/**
 * Explains what `text` names in an image: an absolute path, or a package by its name or package URL, of which there may be several.
 * NO_SUCH_PATH and USAGE for what is not there, with what is most like it; USAGE for more packages than are explained at once.
 */
export async function explain(
  text: string,
  inventory: Inventory,
  tree: Tree,
  signal?: AbortSignal,
): Promise<readonly Explanation[]> {
  const explainer = new Explainer(inventory, tree, signal);
  if (text.startsWith("/")) return [await explainer.path(text)];
  const numbers = packagesNamed(text, inventory);
  if (numbers.length > MAX_PACKAGES) throw tooManyPackages(text, numbers, inventory);
  const explanations: Explanation[] = [];
  // One after the other: each reads sources.
  for (const number of numbers) explanations.push(await explainer.package(number));
  if (explanations.length > 0) return explanations;
  if (tree.find(bytesOfText(text)) !== undefined) return [await explainer.path(text)];
  throw noSuchPackage(text, inventory);
}

function packagesNamed(text: string, { packages }: Inventory): readonly number[] {
  const wanted = text.toLowerCase();
  const matches = ({ purl, facts }: Inventory["packages"][number]["parts"][number]): boolean =>
    purl === text || purl.startsWith(`${text}@`) || facts.name.toLowerCase() === wanted;
  return packages.flatMap((each, number) => (matches(each) || each.parts.some(matches) ? number : []));
}

function tooManyPackages(text: string, numbers: readonly number[], { packages }: Inventory): DistillError {
  const purl = packages[numbers[0] ?? -1]?.purl;
  return new DistillError("USAGE", `${JSON.stringify(text)} names ${numbers.length} packages of the image`, {
    hint: `name one of them by its package URL, as ${purl}`,
  });
}

function noSuchPackage(text: string, { packages }: Inventory): DistillError {
  const like = nearest(
    text,
    packages.map(({ facts }) => facts.name),
  );
  return new DistillError("USAGE", `there is no package and no path ${JSON.stringify(text)} in the image`, {
    hint:
      like === undefined
        ? "distill sbom lists what is there"
        : `did you mean ${like}? distill sbom lists what is there`,
  });
}

class Explainer {
  readonly #inventory: Inventory;
  readonly #tree: Tree;
  readonly #signal: AbortSignal | undefined;
  readonly #links: readonly Link[];
  readonly #graph: PackageGraph;
  readonly #layers: ReadonlyMap<string, number>;

  constructor(inventory: Inventory, tree: Tree, signal: AbortSignal | undefined) {
    this.#inventory = inventory;
    this.#tree = tree;
    this.#signal = signal;
    this.#links = linksOf(inventory.elf);
    this.#graph = new PackageGraph(inventory, this.#links);
    this.#layers = new Map(inventory.layers.map(({ diffID }, index) => [diffID, index]));
  }

  async path(text: string): Promise<Explanation> {
    const found = this.#tree.find(bytesOfText(text)) ?? this.#link(text);
    if (found === undefined) {
      throw new DistillError("NO_SUCH_PATH", `${text} is not in the image`, {
        hint: "distill inspect --tree shows what is there",
      });
    }
    const { path, node } = found;
    if (node.type === "directory") {
      const { owners } = this.#inventory;
      return { kind: "directory", path, owners: sharesBelow(path, node, owners, (each) => this.#layerOf(each)) };
    }
    const owner = this.#inventory.owners.get(path) ?? { kind: "nobody", layer: 0 };
    return {
      kind: "file",
      ...{ path, type: node.type, owner, layer: this.#layerOf(node) },
      bytes: node.type === "file" ? node.content.size : 0,
      target: node.type === "symlink" ? textOfBytes(node.target) : undefined,
      linkedBy: this.#links.filter(({ to }) => to === path),
      package: owner.kind === "package" ? await this.package(owner.package) : undefined,
    };
  }

  async package(number: number): Promise<PackageExplanation> {
    const { owners, packages } = this.#inventory;
    const isOwn = (path: RootPath): boolean => {
      const owner = owners.get(path);
      return owner?.kind === "package" && owner.package === number;
    };
    const names = importedNames(packages[number], this.#tree, owners, number);
    const limits = { limit: MAX_IMPORTERS, signal: this.#signal };
    const importedBy = await Promise.all(
      (["python", "node"] as const).map((language) =>
        importersOf(this.#tree, language, names[language], (path) => !isOwn(path), limits),
      ),
    );
    return {
      kind: "package",
      number,
      chain: this.#graph.chain(number),
      neededBy: this.#graph.neededBy(number),
      linkedBy: this.#links.filter(({ from, to }) => isOwn(to) && !isOwn(from)),
      importedBy: importedBy.flat(),
      dependants: this.#set(this.#graph.dependants(number)),
      exclusive: this.#set(this.#graph.exclusive(number)),
    };
  }

  /** A link that leads nowhere is explained itself. */
  #link(text: string): { readonly path: RootPath; readonly node: Node } | undefined {
    const bytes = bytesOfText(text);
    const slash = bytes.lastIndexOf("/");
    const directory = this.#tree.find(bytes.slice(0, slash + 1));
    const node = directory?.node.type === "directory" ? directory.node.children.get(bytes.slice(slash + 1)) : undefined;
    if (directory === undefined || node === undefined) return undefined;
    const path = directory.path === "" ? bytes.slice(slash + 1) : `${directory.path}/${bytes.slice(slash + 1)}`;
    return { path: path as RootPath, node };
  }

  #layerOf({ attributes: { owner } }: Node): number {
    return owner.kind === "base" ? (this.#layers.get(owner.digest) ?? 0) : 0;
  }

  #set(numbers: ReadonlySet<number>): PackageSet {
    const packages = [...numbers].sort((a, b) => a - b);
    const bytes = packages.reduce((sum, number) => sum + (this.#inventory.packages[number]?.bytes ?? 0), 0);
    return { packages, bytes };
  }
}
