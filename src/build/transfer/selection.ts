import { type MatchedDirectory, PathMatcher } from "../../dockerfile/ignore/matcher.ts";
import { type Pattern, parsePattern } from "../../dockerfile/ignore/pattern.ts";
import { DistillError } from "../../lib/errors.ts";
import { Turns } from "../../lib/turns.ts";
import type { TransferSource, TransferStep } from "../../plan/transfer-step.ts";
import type { DirectoryNode, Node } from "../../rootfs/node.ts";
import { childOf, comparePaths, componentsOf, nameOf, pathFromText, type RootPath } from "../../rootfs/path.ts";
import { Tree } from "../../rootfs/tree.ts";
import { hasPattern, type NameMatcher, nameMatcher } from "./name-pattern.ts";

/** One thing that a source of COPY or ADD stands for. */
export interface Selected {
  /** The name under which it goes into a directory (bytes). */
  readonly name: string;
  /** Where it lies in its origin, links followed. */
  readonly path: RootPath;
  /** Without what is left out of it. */
  readonly node: Node;
}

type PathSource = Extract<TransferSource, { readonly kind: "path" }>;

/**
 * What a source path stands for in a tree, in byte order, as BuildKit resolves it (solver/llbsolver/file, fsutil/copy):
 * patterns in any component, a link that is named itself is followed inside the tree. Nothing where a pattern matches
 * nothing; NO_SUCH_PATH where a path without one is not there.
 */
export async function selectFrom(
  tree: Tree,
  source: PathSource,
  step: Pick<TransferStep, "exclude">,
  signal?: AbortSignal,
): Promise<readonly Selected[]> {
  const turns = new Turns(signal);
  const filter = filterOf(source, step);
  const selected: Selected[] = [];
  for (const path of matchingPaths(tree, source.path)) {
    const found = tree.follow(path);
    if (found.node === undefined) throw missing(source.path);
    const name = nameOf(path);
    if (found.node.type === "directory") {
      const node = await filtered(found.node, filter.include?.root, filter.exclude?.root, turns);
      selected.push({ name, path: found.path, node });
    } else if (filter.exclude?.excludes(name as RootPath) !== true) {
      selected.push({ name, path: found.path, node: found.node });
    }
  }
  if (source.below !== undefined && !hasPattern(source.below)) requireBelow(selected, source);
  return selected;
}

/** With --parents, a path that is written out has to be there. */
function requireBelow(selected: readonly Selected[], { path, below = "" }: PathSource): void {
  const at = componentsOf(pathFromText(below));
  const isThere = selected.some(({ node }) => {
    let here: Node | undefined = node;
    for (const name of at) here = here?.type === "directory" ? here.children.get(name) : undefined;
    return here !== undefined;
  });
  if (!isThere) throw missing(`${path === "/" ? "" : path}/${below}`);
}

function missing(path: string): DistillError {
  return new DistillError("NO_SUCH_PATH", `${path} is not there`);
}

/** A tree without what a .dockerignore leaves out of it. */
export async function withoutExcluded(tree: Tree, rules: PathMatcher, signal?: AbortSignal): Promise<Tree> {
  return new Tree(await filtered(tree.root, undefined, rules.root, new Turns(signal)));
}

interface Filter {
  /** Takes what matches, with all below it. */
  readonly include: PathMatcher | undefined;
  readonly exclude: PathMatcher | undefined;
}

function filterOf({ below }: PathSource, { exclude }: Pick<TransferStep, "exclude">): Filter {
  return {
    include: below === undefined || below === "" ? undefined : matcherOf([below]),
    exclude: exclude.length === 0 ? undefined : matcherOf(exclude),
  };
}

function matcherOf(patterns: readonly string[]): PathMatcher {
  return new PathMatcher(patterns.map(parsePattern).filter((pattern): pattern is Pattern => pattern !== undefined));
}

/** A directory without what a filter leaves out of it; itself where that is nothing. What cannot count is not looked at. */
async function filtered(
  directory: DirectoryNode,
  include: MatchedDirectory | undefined,
  exclude: MatchedDirectory | undefined,
  turns: Turns,
): Promise<DirectoryNode> {
  const wanted = include === undefined || (include.decided && include.excluded);
  const kept = exclude === undefined || (exclude.decided && !exclude.excluded);
  if (wanted && kept) return directory;
  const children = new Map<string, Node>();
  let same = true;
  if (mayHold(include, exclude)) {
    for (const [name, child] of directory.children) {
      const taken = include?.excludes(name) !== false && exclude?.excludes(name) !== true;
      let node = child;
      if (child.type === "directory") {
        if (turns.due) await turns.give();
        node = await filtered(child, include?.enter(name), exclude?.enter(name), turns);
      }
      // A directory that is not taken itself is made for what is taken below it.
      if (taken || (node.type === "directory" && node.children.size > 0)) children.set(name, node);
      same &&= children.get(name) === child;
    }
  } else {
    same = false;
  }
  return same ? directory : { type: "directory", attributes: directory.attributes, children };
}

/** False where nothing below a directory is taken. */
function mayHold(include: MatchedDirectory | undefined, exclude: MatchedDirectory | undefined): boolean {
  const nothingWanted = include?.decided === true && !include.excluded;
  const nothingKept = exclude?.decided === true && exclude.excluded;
  return !nothingWanted && !nothingKept;
}

/** Paths that a source stands for; the one that it is where it has no pattern. */
function matchingPaths(tree: Tree, source: string): readonly RootPath[] {
  const components = source.split("/").filter((part) => part !== "");
  const first = components.findIndex(hasPattern);
  if (first < 0) return [pathFromText(source)];
  const start = tree.follow(pathFromText(components.slice(0, first).join("/")));
  if (start.node?.type !== "directory") return [];
  const found: RootPath[] = [];
  collect(start.node, start.path, components.slice(first).map(nameMatcher), found);
  return found;
}

function collect(directory: DirectoryNode, path: RootPath, matchers: readonly NameMatcher[], found: RootPath[]): void {
  const [matcher, ...rest] = matchers;
  if (matcher === undefined) return;
  for (const name of [...directory.children.keys()].sort(comparePaths)) {
    if (!matcher(name)) continue;
    const node = directory.children.get(name);
    if (rest.length === 0) found.push(childOf(path, name));
    else if (node?.type === "directory") collect(node, childOf(path, name), rest, found);
  }
}
