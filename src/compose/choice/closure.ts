import type { BinaryPackage } from "../../debian/package/package.ts";
import { debPurl } from "../../debian/package/purl.ts";
import type { ElfReader, LinkedObject } from "../../linker/elf-reader.ts";
import { findLibrary } from "../../linker/search.ts";
import type { Node } from "../../rootfs/node.ts";
import { displayPath, parentOf, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { DLOPEN_EDGES } from "./dlopen.ts";
import { isLibraryPath } from "./library-path.ts";

/** Why a package is in the image. */
export type Reason =
  | Readonly<{ kind: "root" }>
  | Readonly<{ kind: "depends"; from: string }>
  | Readonly<{ kind: "needed"; by: string; library: string }>
  | Readonly<{ kind: "dlopen"; from: string; why: string }>;

export interface Candidate {
  readonly package: BinaryPackage;
  readonly root: boolean;
  /** Names of the chosen packages, of this tier or a lower one, that satisfy its Depends and Pre-Depends. */
  readonly dependencies: readonly string[];
  /** Its dependencies that nothing satisfies, on purpose. */
  readonly ignored: readonly Readonly<{ relation: string; reason: string }>[];
  /** The archive's version where it is higher than the chosen one. */
  readonly newer: string | undefined;
}

export interface Closure {
  readonly kept: ReadonlyMap<string, Reason>;
  /** Package name to the reason why it is not in the image. */
  readonly dropped: ReadonlyMap<string, string>;
}

/**
 * Decides which packages of a tier stay (DESIGN 5, "Closure"). Roots stay, and so does what they depend on, with one
 * exception: a dependency whose payload is nothing but shared libraries stays only where a kept ELF file reaches it by
 * NEEDED, by its interpreter or by the dlopen table, where a link of a kept package leads to it (gcc's and -dev packages'
 * libfoo.so), or where a package without any ELF file asks for it (then only a program can load it). Shared objects outside the loader's own directories are no such libraries: plugins and Python's
 * modules are loaded by path, which no NEEDED shows. `tree` holds the lower tiers and all candidates.
 */
export async function closeOver(candidates: readonly Candidate[], tree: Tree, reader: ElfReader): Promise<Closure> {
  const contents = await contentsByPackage(candidates, tree, reader);
  const byName = new Map(candidates.map((candidate) => [candidate.package.name, candidate]));
  const kept = new Map<string, Reason>();
  const pending: string[] = [];

  const keep = (name: string, reason: Reason): void => {
    if (!byName.has(name) || kept.has(name)) return;
    kept.set(name, reason);
    pending.push(name);
  };

  for (const candidate of candidates) if (candidate.root) keep(candidate.package.name, { kind: "root" });
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const files = contents.of(name);
    for (const dependency of byName.get(name)?.dependencies ?? []) {
      const edge = DLOPEN_EDGES.find(({ from, to }) => from === name && to === dependency);
      if (edge !== undefined) keep(dependency, { kind: "dlopen", from: name, why: edge.why });
      else if (!contents.of(dependency).librariesOnly || files.objects.length === 0) {
        keep(dependency, { kind: "depends", from: name });
      }
    }
    for (const object of files.objects) {
      for (const { library, owner } of await contents.reached(object)) {
        keep(owner, { kind: "needed", by: displayPath(object.path), library });
      }
    }
    for (const link of files.links) {
      const owner = contents.ownerBehind(link);
      if (owner !== undefined) keep(owner, { kind: "needed", by: displayPath(link.path), library: link.target });
    }
  }
  return { kept, dropped: reasonsForDropping(candidates, kept, contents) };
}

interface Link {
  readonly path: RootPath;
  readonly target: string;
}

interface PackageFiles {
  readonly objects: readonly LinkedObject[];
  readonly links: readonly Link[];
  readonly librariesOnly: boolean;
}

interface Contents {
  of(name: string): PackageFiles;
  reached(object: LinkedObject): Promise<readonly { readonly library: string; readonly owner: string }[]>;
  /** The package of what the link leads to. */
  ownerBehind(link: Link): string | undefined;
}

const NOTHING: PackageFiles = { objects: [], links: [], librariesOnly: false };

async function contentsByPackage(candidates: readonly Candidate[], tree: Tree, reader: ElfReader): Promise<Contents> {
  const files = new Map<
    string,
    { objects: LinkedObject[]; links: Link[]; librariesOnly: boolean; libraries: number }
  >();
  const names = new Map(candidates.map((candidate) => [debPurl(candidate.package), candidate.package.name]));
  for (const [path, node] of tree.entries()) {
    const name = ownerName(node, names);
    if (name === undefined || node.type === "directory") continue;
    const own = files.get(name) ?? { objects: [], links: [], librariesOnly: true, libraries: 0 };
    files.set(name, own);
    if (node.type === "symlink") own.links.push({ path, target: node.target });
    if (isRecord(path)) continue;
    const elf = await reader.read(path, node);
    if (elf !== undefined) {
      own.objects.push({ path, elf });
      if (isLibraryPath(path)) own.libraries++;
      else own.librariesOnly = false;
    } else if (!(node.type === "symlink" && isLibraryPath(path))) {
      own.librariesOnly = false;
    }
  }
  for (const own of files.values()) if (own.libraries === 0) own.librariesOnly = false;
  return {
    of: (name) => files.get(name) ?? NOTHING,
    async reached(object) {
      const owners: { library: string; owner: string }[] = [];
      const wanted =
        object.elf.interpreter === undefined ? object.elf.needed : [...object.elf.needed, object.elf.interpreter];
      for (const library of wanted) {
        const found = await findLibrary(tree, reader, object, library);
        const owner = found === undefined ? undefined : ownerName(tree.get(found), names);
        if (owner !== undefined) owners.push({ library, owner });
      }
      return owners;
    },
    ownerBehind({ path, target }) {
      const found = tree.find(target.startsWith("/") ? target : `${parentOf(path)}/${target}`);
      return ownerName(found?.node, names);
    },
  };
}

function reasonsForDropping(
  candidates: readonly Candidate[],
  kept: ReadonlyMap<string, Reason>,
  contents: Contents,
): ReadonlyMap<string, string> {
  const dropped = new Map<string, string>();
  for (const {
    package: { name },
  } of candidates) {
    if (kept.has(name)) continue;
    if (contents.of(name).librariesOnly) {
      dropped.set(name, "no file of the image needs its libraries");
      continue;
    }
    const askers = candidates.filter((other) => other.dependencies.includes(name)).map((other) => other.package.name);
    dropped.set(name, `only dropped packages depend on it: ${askers.join(", ")}`);
  }
  return dropped;
}

/** Bookkeeping that every package has, and that says nothing about what it is for. */
function isRecord(path: RootPath): boolean {
  return path.startsWith("usr/share/doc/") || path.startsWith("var/lib/dpkg/status.d/");
}

function ownerName(node: Node | undefined, names: ReadonlyMap<string, string>): string | undefined {
  if (node?.attributes.owner.kind !== "package") return undefined;
  return names.get(node.attributes.owner.purl);
}
