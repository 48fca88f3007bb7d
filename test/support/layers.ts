import { type ImportGraph, targetOf } from "./imports.ts";

/** The folders of src/ from top to bottom. Those in one row do not know one another. */
export const LAYERS: readonly (readonly string[])[] = [
  ["cli"],
  ["app", "ui"],
  ["build", "compose", "seal", "scan", "policy", "compare"],
  ["dockerfile"],
  ["config"],
  ["plan"],
  ["sandbox"],
  ["advisories"],
  ["inventory"],
  ["linker"],
  ["debian"],
  ["registry"],
  ["store"],
  ["rootfs"],
  ["image"],
  ["formats"],
  ["lib"],
];

/** The interface to the user: only cli/ may use it, and it knows of the rest no more than types. */
const INTERFACE = "ui";
const BOTTOM = "lib";

/**
 * The imports between files that the order of the folders forbids, one line each, sorted; empty for a sound graph. Paths
 * begin with src/ or test/.
 */
export function forbiddenImports(graph: ImportGraph, layers = LAYERS): readonly string[] {
  const rank = new Map(layers.flatMap((row, index) => row.map((folder) => [folder, index] as const)));
  const problems = new Set<string>();
  for (const [file, imports] of graph) {
    const from = folderOf(file);
    if (!rank.has(from)) problems.add(`${file}: its folder is not in the list of layers`);
    for (const each of imports) {
      const target = targetOf(file, each);
      if (target === undefined) continue;
      const arrow = `${file} -> ${target}`;
      if (!target.startsWith("src/")) {
        if (!file.endsWith(".test.ts")) problems.add(`${arrow}: leaves src/`);
        continue;
      }
      const to = folderOf(target);
      if (target.endsWith(".test.ts")) problems.add(`${arrow}: a test is no library`);
      if (from === to) continue;
      const [above, below] = [rank.get(from), rank.get(to)];
      if (above === undefined || below === undefined) continue;
      if (below < above) problems.add(`${arrow}: points up, ${from}/ stands below ${to}/`);
      else if (below === above) problems.add(`${arrow}: ${from}/ and ${to}/ do not know one another`);
      else if (to === INTERFACE && from !== "cli") problems.add(`${arrow}: only cli/ uses ${INTERFACE}/`);
      else if (from === INTERFACE && to !== BOTTOM && !each.typeOnly) {
        problems.add(`${arrow}: ${INTERFACE}/ uses no more than types of ${to}/`);
      }
    }
  }
  return [...problems].sort();
}

/**
 * The cycles between files, `import type` and `import()` included, one line each ("a.ts -> b.ts -> a.ts"): for every file
 * on a cycle that no earlier line names, one shortest way back to itself.
 */
export function importCycles(graph: ImportGraph): readonly string[] {
  const cycles: string[] = [];
  const named = new Set<string>();
  for (const file of [...graph.keys()].sort()) {
    if (named.has(file)) continue;
    const cycle = shortestCycle(graph, file);
    if (cycle === undefined) continue;
    for (const member of cycle) named.add(member);
    cycles.push([...cycle, file].join(" -> "));
  }
  return cycles;
}

/** The imported packages that are not declared: by src/ in `dependencies`, elsewhere and by tests in either list. */
export function undeclaredPackages(
  graph: ImportGraph,
  manifest: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  },
): readonly string[] {
  const shipped = new Set(Object.keys(manifest.dependencies ?? {}));
  const all = new Set([...shipped, ...Object.keys(manifest.devDependencies ?? {})]);
  const problems = new Set<string>();
  for (const [file, imports] of graph) {
    const allowed = file.startsWith("src/") && !file.endsWith(".test.ts") ? shipped : all;
    for (const { specifier } of imports) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const name = specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/");
      if (!allowed.has(name)) problems.add(`${file}: ${name}`);
    }
  }
  return [...problems].sort();
}

/** "debian" of "src/debian/deb.ts"; "" for a file that stands in src/ itself. */
function folderOf(file: string): string {
  const parts = file.split("/");
  return parts.length > 2 ? (parts[1] ?? "") : "";
}

function shortestCycle(graph: ImportGraph, start: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const each of graph.get(file) ?? []) {
      const target = targetOf(file, each);
      if (target === start) return path(cameFrom, start, file);
      if (target === undefined || cameFrom.has(target) || !graph.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return undefined;
}

function path(cameFrom: ReadonlyMap<string, string>, start: string, end: string): readonly string[] {
  const files = [end];
  for (let file = end; file !== start; files.unshift(file)) file = cameFrom.get(file) ?? start;
  return files;
}
