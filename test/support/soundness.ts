import { spawnSync } from "node:child_process";
import { readElf } from "../../src/formats/elf/read.ts";
import type { Node } from "../../src/rootfs/node.ts";
import { parentOf, type RootPath } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";

/** Where programs and the loader look: what lies there must be for the image's own machine. */
const OWN_MACHINE = /^usr\/(?:bin|sbin|libexec)\/[^/]+$|^usr\/lib(?:\/[^/]+-linux-gnu)?\/[^/]+\.so[.\d]*$/;

/** What an ELF file needs and where it lies, as far as closure goes. */
interface ElfEntry {
  readonly path: RootPath;
  readonly machine: number;
  readonly wanted: readonly string[];
  readonly directories: readonly string[];
  readonly program: boolean;
}

/** Libraries that the ELF files of a tree need and that lie nowhere in it, and files for another machine. */
export interface ElfFindings {
  readonly count: number;
  readonly foreign: readonly string[];
  /** Of programs and of libraries in the loader's directories. */
  readonly unresolved: readonly string[];
  /** Of plugins and of modules, which are opened by path. */
  readonly unloadable: readonly string[];
}

/**
 * Looks at every ELF file of a tree as the loader of `machine` (62: x86-64, 183: AArch64) would, without the code that
 * composing uses for it. A library that lies anywhere in the tree counts as there: programs load such ones by path.
 */
export async function elfFindings(tree: Tree, machine: number, tuple: string): Promise<ElfFindings> {
  const entries: ElfEntry[] = [];
  const names = new Set<string>();
  for (const [path, node] of tree.entries()) {
    if (node.type === "directory") continue;
    if (tree.find(`/${path}`)?.node.type === "file") names.add(path.slice(path.lastIndexOf("/") + 1));
    const entry = await elfEntry(path, node);
    if (entry !== undefined) entries.push(entry);
  }
  const system = [`/usr/lib/${tuple}`, "/usr/lib", `/usr/local/lib/${tuple}`, "/usr/local/lib"];
  const isThere = (entry: ElfEntry, library: string): boolean => {
    const candidates = library.startsWith("/")
      ? [library]
      : [...entry.directories, ...system].map((directory) => `${directory}/${library}`);
    return (
      candidates.some((each) => tree.find(each)?.node.type === "file") ||
      names.has(library.slice(library.lastIndexOf("/") + 1))
    );
  };
  const missing = entries
    .filter((entry) => entry.machine === machine)
    .flatMap((entry) =>
      entry.wanted.filter((library) => !isThere(entry, library)).map((library) => ({ entry, library })),
    );
  const inLoaderPath = ({ path }: ElfEntry): boolean => system.some((directory) => `/${parentOf(path)}` === directory);
  const told = ({ entry, library }: (typeof missing)[number]): string => `/${entry.path} needs ${library}`;
  return {
    count: entries.length,
    foreign: entries
      .filter((entry) => entry.machine !== machine && OWN_MACHINE.test(entry.path))
      .map((entry) => `/${entry.path} is for machine ${entry.machine}`),
    unresolved: missing.filter(({ entry }) => entry.program || inLoaderPath(entry)).map(told),
    unloadable: missing.filter(({ entry }) => !entry.program && !inLoaderPath(entry)).map(told),
  };
}

/** The symbolic links of a tree that lead to nothing, and where they lead: as far as the tree can tell, without links. */
export function danglingLinks(tree: Tree): readonly { readonly path: RootPath; readonly target: RootPath }[] {
  return [...tree.entries()].flatMap(([path, node]) => {
    if (node.type !== "symlink") return [];
    const written = node.target.startsWith("/") ? node.target : `/${parentOf(path)}/${node.target}`;
    if (tree.find(written) !== undefined) return [];
    return [{ path, target: endOfLinks(tree, written) }];
  });
}

/** What GNU tar has against a layer, a line each: it must read it to its end and find no path twice. */
export function layerProblems(file: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync("tar", ["--quoting-style=escape", "-tf", file], {
    encoding: "latin1",
    maxBuffer: 2 ** 29,
  });
  if (status !== 0 || stderr !== "") return [`tar -t of ${file} ended with ${status}: ${stderr}`];
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const name of stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\/$/, ""))) {
    if (seen.has(name)) twice.push(`${name} is twice in one layer`);
    seen.add(name);
  }
  return twice;
}

async function elfEntry(path: RootPath, node: Node): Promise<ElfEntry | undefined> {
  if (node.type !== "file" || node.content.size < 52) return undefined;
  // What is broken as an ELF file is no program: packages for debuggers and parsers carry such test data.
  const elf = await readElf(node.content).catch(() => undefined);
  if (elf === undefined) return undefined;
  const directories = [...elf.runpath, ...elf.rpath].map((each) =>
    each.replace(/\$ORIGIN|\$\{ORIGIN\}/g, () => `/${parentOf(path)}`),
  );
  const wanted = [...elf.needed, ...(elf.interpreter === undefined ? [] : [elf.interpreter])];
  return { path, machine: elf.machine.number, wanted, directories, program: elf.interpreter !== undefined };
}

/** The path that links lead to in the end; what is missing there is taken as text. */
function endOfLinks(tree: Tree, path: string): RootPath {
  try {
    return tree.follow(normalized(path)).path;
  } catch {
    // A circle of links.
    return normalized(path);
  }
}

function normalized(path: string): RootPath {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/") as RootPath;
}
