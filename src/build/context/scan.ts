import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import type { Pattern } from "../../dockerfile/ignore/pattern.ts";
import { isDistillError, systemErrorCode } from "../../lib/errors.ts";
import { childOf, MAX_PATH, type RootPath } from "../../rootfs/path.ts";
import { type DirectoryPrint, PrintMaker, printOf } from "./directory-print.ts";
import { KeptEntries } from "./kept-entries.ts";

const NOT_ASCII = /[\x80-\xff]/;

/** A context as threads are told of it. */
export interface ScannedContext {
  /** Path of the directory, absolute. */
  readonly directory: string;
  readonly patterns: readonly Pattern[] | undefined;
  readonly without: readonly RootPath[];
}

/** Directories of a context that are to be looked through, each with all below it. */
export interface ScanJob {
  readonly context: ScannedContext;
  readonly paths: readonly RootPath[];
}

/** A directory by its entries, and the directories among them: not looked into yet, or with their prints. */
export interface ShallowScan {
  readonly own: DirectoryPrint;
  readonly directories: readonly (KeptEntries | DirectoryPrint)[];
}

/** What a thread does for a job; undefined where the file system refuses something. */
export async function scanPaths({ context, paths }: ScanJob): Promise<readonly DirectoryPrint[] | undefined> {
  try {
    const root = KeptEntries.ofPatterns(context.patterns, context.without);
    return paths.map((path) => scanDirectory(context.directory, root.enterPath(path)));
  } catch (error) {
    if (isUnscannable(error)) return undefined;
    throw error;
  }
}

/** What scanning throws where only the context's tree can tell, in words for people, what is wrong. */
export function isUnscannable(error: unknown): boolean {
  return error instanceof Unscannable || (systemErrorCode(error) !== undefined && !isDistillError(error));
}

class Unscannable extends Error {}

/**
 * The print that ContextFiles.print gives of a directory, from what the file system says alone: no file is opened, and
 * nothing is kept in memory. Throws what isUnscannable tells.
 *
 * Paths are given to the kernel as they are, unlike in AnchoredDirectory, as that is a quarter faster. A link that is
 * swapped in meanwhile can lead elsewhere, and then only to another print: nothing of what is seen here gets into an image,
 * and an equal print stands for bytes that were read of these same inodes, through descriptors, when they lay in the context.
 */
export function scanDirectory(directory: string, kept: KeptEntries): DirectoryPrint {
  const { own, directories } = scanShallow(directory, kept);
  return printOf(
    own,
    directories.map((each) => (isPrint(each) ? each : scanDirectory(directory, each))),
  );
}

/** As scanDirectory, without looking into directories, but for those that are there only where they hold something. */
export function scanShallow(directory: string, kept: KeptEntries): ShallowScan {
  const print = new PrintMaker(Date.now());
  const directories: (KeptEntries | DirectoryPrint)[] = [];
  for (const name of readdirSync(pathOf(directory, kept.path), { encoding: "latin1" }).sort()) {
    if (!kept.mayHold(name)) continue;
    const path = childOf(kept.path, name);
    if (path.length > MAX_PATH) throw new Unscannable(path);
    const place = pathOf(directory, path);
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    const leftOut = kept.leavesOut(name);
    if (stats.isDirectory()) {
      const below = leftOut ? scanDirectory(directory, kept.enter(name)) : kept.enter(name);
      if (isPrint(below) && below.entries === 0) continue;
      directories.push(below);
    } else if (leftOut) {
      continue;
    }
    const target = stats.isSymbolicLink() ? readlinkSync(place, { encoding: "buffer" }).toString("latin1") : "";
    print.add(name, stats, target);
  }
  return { own: print.finish(), directories };
}

export function isPrint(found: KeptEntries | DirectoryPrint): found is DirectoryPrint {
  return !(found instanceof KeptEntries);
}

/** A path for the kernel. A text costs less than a buffer, and means the same as long as it is ASCII. */
export function pathOf(directory: string, path: RootPath): string | Buffer {
  if (!NOT_ASCII.test(path)) return `${directory}/${path}`;
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, "latin1")]);
}
