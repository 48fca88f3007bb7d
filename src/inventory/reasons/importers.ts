import { throwIfCancelled } from "../../lib/cancel.ts";
import { readContent } from "../../rootfs/content.ts";
import { comparePaths, nameOf, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";

/** A line of source code that asks for a module. */
export interface Import {
  readonly path: RootPath;
  /** From 1. */
  readonly line: number;
}

/** Larger files are not read. */
const MAX_SOURCE = 4 * 1024 * 1024;

type Language = "python" | "node";

const ENDINGS: Readonly<Record<Language, RegExp>> = { python: /\.py$/, node: /\.[cm]?[jt]sx?$/ };

/**
 * Where files of an image import one of these modules, in byte order of the paths, the first line of each file. Sources are
 * searched by pattern, so that what stands in a text or a comment counts too. Ends after `limit` files.
 */
export async function importersOf(
  tree: Tree,
  language: Language,
  modules: readonly string[],
  isOutside: (path: RootPath) => boolean,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal | undefined },
): Promise<readonly Import[]> {
  if (modules.length === 0) return [];
  const wanted = new Set(modules);
  const found: Import[] = [];
  for (const [path, node] of tree.entries()) {
    if (node.type !== "file" || node.content.size > MAX_SOURCE || !ENDINGS[language].test(nameOf(path))) continue;
    if (!isOutside(path)) continue;
    throwIfCancelled(signal);
    const text = Buffer.from(await readContent(node.content, MAX_SOURCE)).toString("latin1");
    const at = placeOf(language, wanted, text);
    if (at === undefined) continue;
    found.push({ path, line: text.slice(0, at).split("\n").length });
    if (found.length >= limit) break;
  }
  return found.sort((a, b) => comparePaths(a.path, b.path));
}

/** Imports with the module's name as first group: what it is imported for may be named behind it. */
const PATTERNS: Readonly<Record<Language, RegExp>> = {
  python: /^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)(?![\w-])/gm,
  node: /(?:require\(|import\(|from|import)[ \t]*["']((?:@[^"'/\n]+\/)?[^"'/\n]+)(?:\/[^"'\n]*)?["']/g,
};

/** Where a file imports one of the modules first. The modules are no part of the pattern: they can be any number. */
function placeOf(language: Language, modules: ReadonlySet<string>, text: string): number | undefined {
  for (const match of text.matchAll(PATTERNS[language])) if (modules.has(match[1] ?? "")) return match.index;
  return undefined;
}
