import { md5Of } from "../../inventory/md5.ts";
import type { PackageFacts } from "../../inventory/package.ts";
import { systemPackageFiles } from "../../inventory/system-packages.ts";
import type { Attributes, Node } from "../../rootfs/node.ts";
import type { Owner } from "../../rootfs/owner.ts";
import { childOf, comparePaths, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { walkInOrder } from "../../rootfs/walk.ts";
import type { Selected } from "./selection.ts";

/** A package of which a step took files from a stage or an image; `files` are where they went. */
export type CarriedPackage = Readonly<{ package: PackageFacts; purl: string; files: readonly RootPath[] }>;

/**
 * Remembers, through any number of stages, of which package a file was where it came from: the database that says so stays
 * behind. One for each build.
 */
export class CarriedPackages {
  readonly #facts = new Map<string, PackageFacts>();
  readonly #owners = new Map<string, Owner>();
  readonly #files = new WeakMap<Tree, ReturnType<typeof systemPackageFiles>>();

  /** What was selected from `tree`, with the packages of its files as their owners; what a step there has changed is no package's. */
  async labelled(tree: Tree, selected: readonly Selected[], signal?: AbortSignal): Promise<readonly Selected[]> {
    const known = this.#files.get(tree) ?? systemPackageFiles(tree, signal);
    this.#files.set(tree, known);
    const packages = await known;
    if (packages.size === 0) return selected;
    const changed = new Map<Attributes, Map<Owner, Attributes>>();
    const attributesOf = (attributes: Attributes, owner: Owner): Attributes => {
      const all = changed.get(attributes) ?? new Map<Owner, Attributes>();
      changed.set(attributes, all);
      const made = all.get(owner) ?? { ...attributes, owner };
      all.set(owner, made);
      return made;
    };
    const label = async (path: RootPath, node: Node): Promise<Node> => {
      if (node.type === "directory") {
        const children = new Map<string, Node>();
        for (const [name, child] of node.children) children.set(name, await label(childOf(path, name), child));
        return { ...node, children };
      }
      const found = packages.get(path);
      if (found === undefined || (await isChanged(node, found.md5))) return node;
      const { purl, facts } = found.package;
      return { ...node, attributes: attributesOf(node.attributes, this.#owner(purl, facts)) };
    };
    return await Promise.all(selected.map(async (each) => ({ ...each, node: await label(each.path, each.node) })));
  }

  /** The packages among files that were put at `to`, by package URL. */
  of(node: Node, to: RootPath): readonly CarriedPackage[] {
    const files = new Map<string, RootPath[]>();
    const add = (path: RootPath, { attributes: { owner } }: Node): void => {
      if (owner.kind !== "package" || !this.#facts.has(owner.purl)) return;
      const known = files.get(owner.purl);
      if (known === undefined) files.set(owner.purl, [path]);
      else known.push(path);
    };
    if (node.type !== "directory") add(to, node);
    else for (const [path, each] of walkInOrder(to, node)) if (each.type !== "directory") add(path, each);
    return [...files]
      .sort(([a], [b]) => comparePaths(a, b))
      .flatMap(([purl, paths]) => {
        const facts = this.#facts.get(purl);
        return facts === undefined ? [] : { package: facts, purl, files: paths };
      });
  }

  #owner(purl: string, facts: PackageFacts): Owner {
    const known = this.#owners.get(purl) ?? ({ kind: "package", purl, evidence: "dpkg" } as const);
    this.#owners.set(purl, known);
    this.#facts.set(purl, facts);
    return known;
  }
}

async function isChanged(node: Node, recorded: string | undefined): Promise<boolean> {
  return node.type === "file" && recorded !== undefined && (await md5Of(node.content)) !== recorded;
}
