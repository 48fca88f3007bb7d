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
  const pattern = patternOf(language, modules);
  const found: Import[] = [];
  for (const [path, node] of tree.entries()) {
    if (node.type !== "file" || node.content.size > MAX_SOURCE || !ENDINGS[language].test(nameOf(path))) continue;
    if (!isOutside(path)) continue;
    throwIfCancelled(signal);
    const text = Buffer.from(await readContent(node.content, MAX_SOURCE)).toString("latin1");
    const match = pattern.exec(text);
    if (match === null) continue;
    found.push({ path, line: text.slice(0, match.index).split("\n").length + (match[0].startsWith("\n") ? 1 : 0) });
    if (found.length >= limit) break;
  }
  return found.sort((a, b) => comparePaths(a.path, b.path));
}

function patternOf(language: Language, modules: readonly string[]): RegExp {
  const names = modules.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
  return language === "python"
    ? new RegExp(`(?:^|\\n)[ \\t]*(?:import|from)[ \\t]+(?:${names})(?![\\w-])`)
    : new RegExp(`(?:require\\(|import\\(|from|import)[ \\t]*["'](?:${names})(?:/[^"'\\n]*)?["']`);
}
