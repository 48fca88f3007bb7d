import type { DirectoryNode, FileNode, Inode } from "../../rootfs/node.ts";
import { childOf, comparePaths, displayPath, nameOf, ROOT, type RootPath, textOfBytes } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import type { Warn } from "../warn.ts";
import { appletNamesIn } from "./busybox-applets.ts";
import { kindsOf, PROGRAM_KINDS, type ProgramKind } from "./program-kinds.ts";

/** A program that is there, whatever number of names it has. */
export interface FoundProgram {
  /** Of the file, absolute, for people; of several hard links the first. */
  readonly path: string;
  /** What it can be called as, of this kind, sorted; of busybox also what it has no link for. */
  readonly names: readonly string[];
}

export type FoundPrograms = Readonly<Record<ProgramKind, readonly FoundProgram[]>>;

/** Bytes of a busybox; of the programs that are looked through for its table, altogether. */
const BUSYBOX_SIZE = { least: 64 * 1024, most: 16 * 1024 * 1024 };
const MAX_READ = 1024 * 1024 * 1024;

/** Names that are followed; no image has as many programs. */
const MAX_NAMES = 100_000;

const EXECUTABLE = 0o111;

/** A file that can be run, and the names it was found under. */
interface Candidate {
  readonly path: RootPath;
  readonly file: FileNode;
  readonly names: Set<string>;
}

/**
 * The shells, interpreters, package managers, compilers and network tools of a root file system: what lies, or is linked
 * to, in a directory that is called bin or sbin or is one of `searchPath`, has a name that is known, and leads to a file
 * that somebody may run. A file counts once in a kind, whatever links lead to it. A busybox is told by its bytes, whatever it is
 * called there, and counts in each kind of which it has a command, with or without a link for that. Each kind is sorted by path.
 */
export async function findPrograms(tree: Tree, searchPath: readonly string[], warn: Warn): Promise<FoundPrograms> {
  const candidates = new Map<Inode | RootPath, Candidate>();
  let followed = 0;
  for (const [path, directory] of programDirectories(tree, searchPath)) {
    for (const [name, own] of directory.children) {
      const isKnown = kindsOf(name).length > 0;
      if (!isKnown && own.type !== "file") continue;
      if (++followed > MAX_NAMES) {
        if (followed === MAX_NAMES + 1) warn(`more than ${MAX_NAMES} programs: others are not looked at`);
        continue;
      }
      const found = tree.find(childOf(path, name));
      if (found?.node.type !== "file" || (found.node.attributes.mode & EXECUTABLE) === 0) continue;
      const { node } = found;
      const key = node.inode ?? found.path;
      const known = candidates.get(key);
      const first = known === undefined || comparePaths(found.path, known.path) < 0 ? found.path : known.path;
      const names = known?.names ?? new Set();
      if (isKnown) names.add(textOfBytes(name));
      candidates.set(key, { path: first, file: node, names });
    }
  }
  const sorted = [...candidates.values()].sort((a, b) => comparePaths(a.path, b.path));
  await addApplets(sorted, warn);
  return Object.fromEntries(PROGRAM_KINDS.map((kind) => [kind, ofKind(sorted, kind)])) as unknown as FoundPrograms;
}

function ofKind(candidates: readonly Candidate[], kind: ProgramKind): readonly FoundProgram[] {
  return candidates.flatMap(({ path, names }) => {
    const fitting = [...names].filter((name) => kindsOf(name).includes(kind)).sort(comparePaths);
    return fitting.length === 0 ? [] : [{ path: displayPath(path), names: fitting }];
  });
}

/** A copy of busybox may be called anything, and has its commands all the same. */
async function addApplets(candidates: readonly Candidate[], warn: Warn): Promise<void> {
  let read = 0;
  for (const { path, file, names } of candidates) {
    const { size } = file.content;
    if (size < BUSYBOX_SIZE.least || size > BUSYBOX_SIZE.most) continue;
    read += size;
    if (read > MAX_READ) {
      warn(`programs from ${displayPath(path)} on are not looked into for busybox's commands: there are too many`);
      return;
    }
    for (const name of await appletNamesIn(file.content)) names.add(name);
  }
}

/** Each directory once, by its own path: links to directories are not followed, so /bin of a merged /usr is none. */
function* programDirectories(tree: Tree, searchPath: readonly string[]): Generator<readonly [RootPath, DirectoryNode]> {
  const given = new Set<RootPath>();
  for (const each of searchPath) {
    const found = tree.find(each);
    if (found?.node.type === "directory" && !given.has(found.path)) {
      given.add(found.path);
      yield [found.path, found.node];
    }
  }
  const open: (readonly [RootPath, DirectoryNode])[] = [[ROOT, tree.root]];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const [path, directory] = here;
    if (/^s?bin$/.test(nameOf(path)) && !given.has(path)) yield here;
    for (const [name, node] of directory.children)
      if (node.type === "directory") open.push([childOf(path, name), node]);
  }
}
